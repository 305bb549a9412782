import OctopusEngine
import OctopusProtocol

/// A client's connection: its protocol, its unread input, and the dispatcher's queue that it is in.
///
/// A transport is a subclass that moves the bytes. All of it belongs to one dispatcher at a time.
open class ClientConnection {
  /// The dispatcher's queue that the connection is in.
  enum Queue {
    case none
    /// It may go on with requests that it has received.
    case toRun
    /// It has output.
    case toWrite
    /// It has published messages, which are written after all replies and events.
    case toWriteMessages
  }

  final package var protocolState: ConnectionStateMachine
  final package var input = InputBuffer()
  /// The client sends no more, and all that it sent is in `input` or carried out.
  final package var hasInputEnded = false
  final var queue = Queue.none
  /// Its requests are being carried out.
  final var isRunning = false
  /// Its latest turn ended because it was over, so others come first.
  final var hasUsedUpTurn = false
  /// Its output is to be sent only when this revision is on the disk.
  final package private(set) var heldUntil: Revision = 0

  /// The connection that carries this session's events, after BIND.
  final package internal(set) var eventConnection: ClientConnection?
  /// The connection whose session's events this one carries, after BIND.
  final package internal(set) var boundConnection: ClientConnection?

  package init(_ protocolState: ConnectionStateMachine) { self.protocolState = protocolState }

  final package var id: Int64 { protocolState.id }

  // For transports. They ask here, and not the protocol state: to read a property of a structure in
  // a class of another module copies the whole structure.

  /// Whether the next request may be taken.
  final package var isReady: Bool { protocolState.isReady }

  /// Whether no more requests are taken; what is in the outbox is still written.
  final package var isClosing: Bool { protocolState.isClosing }

  /// Whether the engine owes a reply that may never come.
  final package var waitsForOthers: Bool { protocolState.waitsForOthers }

  final package var hasOutput: Bool { !protocolState.outbox.isEmpty }

  /// Lends the next chunk of output to `body`, which takes all of it; false when there is none.
  final package func takeChunk(_ body: (UnsafeRawBufferPointer) -> Void) -> Bool {
    protocolState.outbox.takeChunk(body)
  }

  @inline(__always)
  final package func hold(until revision: Revision) {
    if revision > heldUntil { heldUntil = revision }
  }

  /// Whether it has requests that its next turn carries out.
  final package var isWaitingForTurn: Bool { queue == .toRun || hasUsedUpTurn && queue != .none }

  /// Whether the connection is in no queue of its dispatcher, so that it can move to another one.
  final package var isUnqueued: Bool { queue == .none && !isRunning }

  /// Whether the client sends no more and has all replies, or waits for one that cannot help it any
  /// more.
  final package var isFinished: Bool {
    hasInputEnded && !protocolState.isClosing
      && (protocolState.waitsForOthers
        || input.isEmpty && !protocolState.isWaitingForHost && !protocolState.isBlocked)
  }

  /// The next thing to do; nil if that needs more input.
  final func nextAction() -> ConnectionStateMachine.Action? {
    guard !input.isEmpty else { return nil }
    var action: ConnectionStateMachine.Action?
    input.take { bytes in
      var rest = bytes
      action = protocolState.next(&rest)
      return bytes.count - rest.count
    }
    return action
  }

  /// Writes as much of the outbox as the client takes now, but no more than some chunks: with more,
  /// it waits to write again. False if the connection has moved to another dispatcher.
  open func flush(most chunks: Int) -> Bool { true }

  /// The dispatcher has carried out all requests that it can: memory for reading can be given back.
  open func didRun() {}

  /// There is nothing to write: what the transport waits for may have changed.
  open func didPause() {}
}
