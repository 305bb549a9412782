import Glibc
import OctopusProtocol
import OctopusSession
import OctopusSystem

/// A connection over a socket: reads requests when the poller says so, and writes output as the
/// socket takes it.
final class SocketConnection: ClientConnection {
  /// Requests behind one that waits are read up to this size; then the socket holds them back.
  static let backlogBytes = 64 << 10

  private enum State {
    case open
    /// Nothing can be written any more; what the client has sent is still read to its end.
    case writeFailed
    /// Nothing is read, and when all output is written the connection moves to another loop.
    case moving(() -> Void)
    case closed
  }

  let descriptor: Int32
  private(set) var loop: LoopState
  private var state = State.open
  let connectedAt: Int64
  var lastActiveAt: Int64
  var isMonitor = false
  /// The backup that the client reads.
  var backup: Backup? {
    didSet { if let oldValue { loop.journal?.close(oldValue) } }
  }
  /// When the connection is closed unless the client gives the password first.
  var authenticationDeadline: Int64?
  /// An AUTH or HELLO that waits for its password to be checked.
  var delayedAttempt: ConnectionCommand?

  /// Whether `input` is the loop's read buffer.
  private(set) var hasBorrowedInput = false
  /// Output that the socket has not taken yet.
  private(set) var unsent: [UInt8] = []
  /// Among the connections of its user; nil: it does not count.
  var place: ConnectionQuota.Place?
  /// What the memory account has for the connection, without the records that its replies hold.
  var accountedBytes = 0
  /// Whether its output waits for the disk.
  var isHeld = false
  /// Whether it holds anything that counts.
  var isHolder = false
  /// What the poller was asked to report.
  private var interest: Poller.Interest = []

  /// Takes the descriptor over.
  init(_ descriptor: Int32, _ protocolState: ConnectionStateMachine, on loop: LoopState) {
    self.descriptor = descriptor
    self.loop = loop
    connectedAt = SystemClock.monotonicMicroseconds()
    lastActiveAt = connectedAt
    super.init(protocolState)
  }

  // Without it Swift 6.3 warns of its own stub for this initializer.
  override init(_ protocolState: ConnectionStateMachine) {
    preconditionFailure("a connection has a socket")
  }

  deinit { if isOpen { Glibc.close(descriptor) } }

  private var isOpen: Bool { if case .closed = state { false } else { true } }

  private var isMoving: Bool { if case .moving = state { true } else { false } }

  private var hasWriteFailed: Bool { if case .writeFailed = state { true } else { false } }

  func closeNow() {
    guard isOpen else { return }
    state = .closed
    leaveAccount()
    place = nil
    loop.poller.remove(descriptor)
    close(descriptor)
    loop.didClose(self)
  }

  // MARK: Writing, for the dispatcher

  override func flush(most chunks: Int) -> Bool {
    guard isOpen else { return true }
    let wasMoving = isMoving
    var left = chunks
    let mayWrite = hasWriteFailed || unsent.isEmpty && !hasOutput || loop.maySend(self)
    if !hasWriteFailed, mayWrite {
      sendUnsent()
      while left > 0, unsent.isEmpty, !hasWriteFailed, sendChunk() { left -= 1 }
    }
    // The client reads no more, but what it has sent is carried out.
    if hasWriteFailed { discardOutput() }
    let isWritten = unsent.isEmpty && !hasOutput
    if isClosing && isWritten || hasWriteFailed && (wasMoving || !wantsInput && !hasRequests) {
      closeNow()
    } else if case .moving(let move) = state, isWritten, isUnqueued {
      state = .open
      move()
      return false
    }
    updateInterest()
    if isHolder || !isWritten, isOpen { updateAccount() }
    // The poller reports only a socket that was full.
    if left == 0, !isWritten, unsent.isEmpty, isOpen { loop.dispatcher.enqueueToWrite(self) }
    return true
  }

  override func didRun() {
    returnInput()
    guard isHolder || holdsRequests, isOpen else { return }
    updateAccount()
    loop.relieveIfDue()
  }

  override func didPause() { updateInterest() }
}

// Reading.
extension SocketConnection {
  func handleReadiness(_ ready: Poller.Interest) {
    // The client has gone.
    if ready.contains(.broken), !wantsInput, !isWaitingForTurn {
      guard hasRequests else { return closeNow() }
      // They go on when the write has failed.
      loop.dispatcher.enqueueToWrite(self)
    }
    if ready.contains(.writable) { loop.dispatcher.enqueueToWrite(self) }
    let hasEnded = !ready.isDisjoint(with: [.ended, .broken])
    if hasEnded || ready.contains(.readable) { read(toTheEnd: hasEnded) }
  }

  /// Reads once, or until the end of what the client has sent.
  private func read(toTheEnd: Bool) {
    repeat {
      guard wantsInput else {
        // A client that waits has gone. Otherwise reading goes on when there is room for replies.
        if toTheEnd && waitsForOthers { loop.dispatcher.close(self, mayWait: true) }
        return updateInterest()
      }
      borrowInput()
      switch receive() {
      case .bytes(let count, let isAll):
        loop.dispatcher.counters.traffic.inputBytes += Int64(count)
        loop.dispatcher.run(self)
        if !isAll, !toTheEnd { rearm() }
      case .nothing:
        returnInput()
      case .end:
        returnInput()
        hasInputEnded = true
        if isFinished { loop.dispatcher.close(self, mayWait: true) }
      case .failure:
        returnInput()
        hasInputEnded = true
        state = .writeFailed
        loop.dispatcher.enqueueToWrite(self)
      }
    } while toTheEnd && isOpen && !hasInputEnded && !isClosing
  }

  /// Whether it has requests that were received and can be carried out.
  private var hasRequests: Bool { !input.isEmpty && !isClosing && !isFinished }

  private enum Received {
    case bytes(Int, isAll: Bool)
    case nothing
    case end
    case failure
  }

  private func receive() -> Received {
    while true {
      let count = fill { recv(descriptor, $0.baseAddress, $0.count, Int32(MSG_DONTWAIT)) }
      // A read that leaves room has read everything.
      if count > 0 { return .bytes(count, isAll: count < InputBuffer.readBytes) }
      if count == 0 { return .end }
      if errno != EINTR { return errno == EAGAIN ? .nothing : .failure }
    }
  }

  /// Requests that wait keep no more memory than they need.
  private func fill(_ read: (UnsafeMutableRawBufferPointer) -> Int) -> Int {
    if hasBorrowedInput { return input.fill(read) }
    let count = loop.readBuffer.fill(read)
    if count > 0 { input.append(loop.readBuffer) }
    loop.readBuffer.removeAll()
    return count
  }

  private func borrowInput() {
    guard input.isEmpty else { return }
    swap(&input, &loop.readBuffer)
    hasBorrowedInput = true
  }

  /// Gives the loop's buffer back; bytes that are left in it are copied.
  private func returnInput() {
    guard hasBorrowedInput else {
      if input.isEmpty { input = InputBuffer() }
      return
    }
    hasBorrowedInput = false
    let rest = input.isEmpty ? nil : input.compacted()
    input.removeAll()
    swap(&input, &loop.readBuffer)
    if let rest { input = rest }
  }

  /// Not while there is too much to do already.
  private var wantsInput: Bool {
    !hasInputEnded && !isClosing && !isMoving
      && (isReady && !isWaitingForTurn || input.count < Self.backlogBytes)
  }

  private func updateInterest() {
    guard isOpen else { return }
    var interest: Poller.Interest = wantsInput ? [.readable, .ended] : []
    // The end of the client is to be known also while its input is held back.
    if !hasInputEnded, !isClosing { interest.insert(.ended) }
    if !unsent.isEmpty { interest.insert(.writable) }
    guard interest != self.interest else { return }
    self.interest = interest
    rearm()
  }

  /// Updates the epoll interest set. That also reports conditions that hold already.
  private func rearm() {
    if isOpen { loop.poller.change(descriptor, as: id, to: interest) }
  }
}

// Writing.
extension SocketConnection {
  private func sendChunk() -> Bool {
    var count = 0
    let isChunk = takeChunk { bytes in
      count = bytes.count
      let sent = send(bytes)
      if sent < count { unsent = Array(bytes[sent...]) }
    }
    loop.dispatcher.counters.traffic.outputBytes += Int64(count)
    return isChunk
  }

  private func discardOutput() {
    unsent = []
    loop.dispatcher.discardOutput(of: self)
  }

  private func sendUnsent() {
    guard !unsent.isEmpty else { return }
    let sent = unsent.withUnsafeBytes { send($0) }
    // An empty array keeps no memory.
    if sent == unsent.count { unsent = [] } else { unsent.removeFirst(sent) }
  }

  /// Returns how many bytes the socket took. After an error the poller reports the end of the
  /// input.
  private func send(_ bytes: UnsafeRawBufferPointer) -> Int {
    let flags = Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL)
    while true {
      let sent = Glibc.send(descriptor, bytes.baseAddress, bytes.count, flags)
      if sent >= 0 { return sent }
      if errno == EINTR { continue }
      if errno != EAGAIN {
        state = .writeFailed
        shutdown(descriptor, Int32(SHUT_RDWR))
      }
      return 0
    }
  }
}

// Moving to another loop.
extension SocketConnection {
  /// Calls back when all output is written; nothing is read any more.
  func moveWhenWritten(_ move: @escaping () -> Void) {
    state = .moving(move)
    loop.dispatcher.enqueueToWrite(self)
  }

  /// This loop serves the connection from now on.
  func register(with loop: LoopState) throws(SystemError) {
    self.loop = loop
    protocolState.counters = loop.dispatcher.counters
    interest = [.readable, .ended]
    try loop.poller.add(descriptor, as: id, for: interest)
    updateAccount()
  }

  func deregister() {
    isHeld = false
    leaveAccount()
    loop.poller.remove(descriptor)
  }
}
