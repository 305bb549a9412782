/// What the server holds for one connection in memory outside the engine, in bytes.
///
/// CLIENT LIST shows the parts. Against the memory limit the server counts the total, once it is
/// more than `smallest`: each connection may have that much at any time, and is not worth a look.
package struct ConnectionMemory: Sendable {
  /// What every connection takes, while it is idle.
  package static let fixed = 2 << 10
  /// Less than this counts as nothing.
  package static let smallest = 4 << 10

  /// Requests that have arrived, and are not taken yet.
  package var input = 0
  /// The arguments of a request whose end has not arrived.
  package var arguments = 0
  /// The commands since MULTI.
  package var transaction = 0
  /// Replies and pushes that the client has not taken.
  package var output = 0
  /// Records that only queued replies keep alive.
  package var records = 0

  package var total: Int { input + arguments + transaction + output + records }

  /// As it counts against the memory limit.
  package var countedTotal: Int { total < Self.smallest ? 0 : total }
}

extension ConnectionStateMachine {
  /// Whether it holds more for the client than what is in its outbox. Cheap, and true too often.
  package var holdsRequests: Bool { mayHoldRequest || transaction != nil }

  /// - Parameter discarded: what the engine has discarded up to now.
  fileprivate mutating func memory(discarded: Int) -> ConnectionMemory {
    mayHoldRequest = decoder.isInsideRequest
    return ConnectionMemory(
      arguments: decoder.footprint, transaction: transaction?.footprint ?? 0,
      output: outbox.footprint, records: outbox.pinnedBytes(discarded: discarded))
  }
}

extension ClientConnection {
  /// Whether the server holds requests of the client that wait. Cheap, and true too often.
  final package var holdsRequests: Bool { !input.isEmpty || protocolState.holdsRequests }

  /// Whether replies that wait keep records alive.
  final package var pinsRecords: Bool { protocolState.outbox.pinsRecords }

  /// The memory that is held for the client now.
  ///
  /// - Parameter discarded: what the engine has discarded up to now.
  final package func memory(discarded: Int) -> ConnectionMemory {
    var memory = protocolState.memory(discarded: discarded)
    memory.input = input.capacity
    return memory
  }
}
