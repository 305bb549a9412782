import OctopusEngine
import OctopusRecords
import RESP

// LOCK, SEM, BARRIER.
extension Command {
  init(coordinating arguments: inout Arguments) throws(Failure) {
    let operation: OctopusEngine.Operation
    let options: Options
    switch arguments.command {
    case .lock, .unlock:
      let name = try arguments.readCoordinationName("a lock's name")
      guard !arguments.isAtEnd else {
        // The commonest, without options to set up.
        self.init(arguments.command == .unlock ? .unlock(name, task: []) : .lock(LockRequest(name)))
        return
      }
      options = try Options(&arguments)
      operation =
        arguments.command == .unlock
        ? .unlock(name, task: options.task) : .lock(LockRequest(name, options))
    case .barrierEnter, .barrierLeave:
      let name = try arguments.readCoordinationName("a barrier's name")
      let parties =
        arguments.command == .barrierEnter
        ? try arguments.readCount(of: "parties", in: 1...Int64(EngineLimits.parties)) : 1
      options = try Options(&arguments)
      let request = BarrierRequest(
        name, parties: Int(parties), task: options.task, timeoutMilliseconds: options.timeout)
      operation =
        arguments.command == .barrierEnter ? .enterBarrier(request) : .leaveBarrier(request)
    case .semNew:
      let name = try arguments.readCoordinationName("a semaphore's name")
      operation = .newSemaphore(
        name, permits: try arguments.readCount(of: "permits", in: 0...EngineLimits.permits))
      options = try Options(&arguments)
    default:
      let name = try arguments.readCoordinationName("a semaphore's name")
      let permits = try arguments.readPermits()
      options = try Options(&arguments)
      operation = .init(arguments.command, PermitRequest(name, permits, options))
    }
    self.init(operation, deferTag: options.deferTag)
  }
}

extension OctopusEngine.Operation {
  fileprivate init(_ command: CommandName, _ request: PermitRequest) {
    switch command {
    case .semWait: self = .takePermits(request)
    case .semPost: self = .postPermits(request)
    default:
      var request = request
      request.timeout = 0
      self = .tryPermits(request)
    }
  }
}

extension LockRequest {
  fileprivate init(_ name: [UInt8], _ options: Options) {
    self.init(
      name, isShared: options.isShared, task: options.task, body: options.body,
      timeoutMilliseconds: options.timeout)
  }
}

extension PermitRequest {
  fileprivate init(_ name: [UInt8], _ permits: Int64, _ options: Options) {
    self.init(
      name, permits, task: options.task, consumes: options.consumes,
      timeoutMilliseconds: options.timeout)
  }
}

extension Arguments {
  fileprivate mutating func readCoordinationName(_ what: String) throws(Failure) -> [UInt8] {
    try readPlainName(what, limit: EngineLimits.queueNameBytes)
  }

  fileprivate mutating func readCount(
    of what: String, in range: ClosedRange<Int64>
  ) throws(Failure) -> Int64 {
    guard let count = readInteger(), range.contains(count) else {
      throw .syntax(
        "the number of \(what) is an integer from \(range.lowerBound) to \(range.upperBound)")
    }
    return count
  }

  /// How many permits; one if there is no number.
  fileprivate mutating func readPermits() throws(Failure) -> Int64 {
    guard let word = peekedWord, option(word) == nil else { return 1 }
    return try readCount(of: "permits", in: 1...EngineLimits.permits)
  }

  /// The attributes after WITH, as a record whose name does not matter.
  mutating func readMemberBody() throws(Failure) -> Record {
    guard !isAtEnd else { throw .syntax("WITH takes a body: { attribute: value }") }
    defer { skip() }
    let record: Record
    do throws(SyntaxError) {
      let name: [UInt8] = [UInt8(ascii: "x")]
      record = try request.withBytes(of: next) { (body) throws(SyntaxError) in
        try name.withUnsafeBufferPointer { (name) throws(SyntaxError) in
          try Record(name, body: Bytes(body))
        }
      }
    } catch { throw Failure(error) }
    for attribute in ["lock", "mode", "semaphore", "barrier"] where record[attribute] != nil {
      throw .syntax("WITH cannot set '\(attribute)'")
    }
    return record
  }
}
