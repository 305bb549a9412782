import Glibc
import OctopusEngine
import OctopusProtocol
import OctopusStore

/// The socket of a connection: feeds the state machine with what comes, and writes what it says as the socket
/// drains.
// Safe to send: it is touched only by who has the turn of the loop that it lives on.
final class ConnectionHandler: @unchecked Sendable {
  /// Requests behind one that waits are read this far; then the socket holds them back.
  static let backlogBytes = 64 << 10

  var connection: Connection
  private(set) var loop: Loop
  let connectedAt: Int64
  var lastActiveAt: Int64

  /// The connection that carries this session's events, and the other way round. Let go of when the session ends.
  var eventHandler: ConnectionHandler?
  var carriedHandler: ConnectionHandler?
  var isMonitor = false
  /// When the connection ends, unless the password comes first.
  var dismissedAt: Int64?
  /// An AUTH or HELLO whose password is not looked at yet.
  var heldAttempt: ConnectionCommand?

  // Marks of the loop: whether the connection is on one of its lists, or at work.
  var isDirty = false
  var isAwaitingTurn = false
  var isRunning = false

  private let descriptor: Int32
  private(set) var isOpen = true
  /// The other end will say no more, and all that it has said is read.
  private var hasEnded = false
  private var input = InputBuffer()
  /// Whether that is the loop's.
  private var isBorrowing = false
  /// What the socket has not taken yet.
  private var unsent: [UInt8] = []
  /// Nothing can be written any more.
  private var hasFailed = false
  /// What the loop's poller was asked to tell of this connection.
  private var wanted: Poller.State = []
  /// Set when the connection moves to another loop once all is written.
  private var departure: (() -> Void)?

  /// Takes the descriptor over.
  init(_ connection: Connection, on loop: Loop) {
    self.connection = connection
    self.loop = loop
    descriptor = connection.peer.descriptor
    connectedAt = Clock.monotonicMicroseconds()
    lastActiveAt = connectedAt
  }

  deinit { if isOpen { Glibc.close(descriptor) } }

  var inputBytes: Int { input.count }

  /// The next thing to do, or nil if more input is needed.
  func nextAction() -> Connection.Action? {
    guard !input.isEmpty else { return nil }
    var action: Connection.Action?
    input.take { bytes in
      var rest = bytes
      action = connection.next(&rest)
      return bytes.count - rest.count
    }
    return action
  }

  /// Requests that have arrived already will be carried out at one go: the memory that the next of them
  /// need is fetched for all at once. Answers for how many.
  func prefetch() -> Int {
    input.withBytes { bytes in
      var names: [NameHash] = []
      let count = Call.peek(bytes, most: Self.prefetched, &names)
      // Where there is nothing to fetch it is not looked at each.
      guard !names.isEmpty else { return Self.prefetched }
      loop.switchboard.prefetch(names)
      return count
    }
  }
  /// More would come into the cache only to leave it again.
  private static let prefetched = 16
}

// What the socket says.
extension ConnectionHandler {
  /// Something is so of the socket.
  func hear(_ state: Poller.State) {
    // Nobody is there any more for whom to go on.
    if state.contains(.broken), !wantsInput { return closeAtOnce() }
    if state.contains(.writable) { loop.markDirty(self) }
    let isOver = !state.isDisjoint(with: [.ended, .broken])
    if isOver || state.contains(.readable) { read(toTheEnd: isOver) }
  }

  /// Reads once, or as often as it takes to come to the end.
  private func read(toTheEnd: Bool) {
    repeat {
      guard wantsInput else {
        // Who waits for something has gone; the others go on when there is room for their answers.
        return toTheEnd && connection.isBlocked ? loop.inputEnded(self) : ()
      }
      borrowInput()
      switch input.read(from: descriptor) {
      case .bytes(let count):
        connection.tally.inputBytes += Int64(count)
        // Who gets less than there was room for has got all.
        let isAll = !input.isFull
        loop.run(self)
        if !isAll, !toTheEnd { listenAgain() }
      case .nothing:
        returnInput()
      case .end:
        returnInput()
        hasEnded = true
        if isOver { loop.inputEnded(self) }
      case .failure:
        returnInput()
        closeAtOnce()
      }
    } while toTheEnd && isOpen && !hasEnded && !connection.isClosing
  }

  private func borrowInput() {
    guard input.isEmpty else { return }
    swap(&input, &loop.lentInput)
    isBorrowing = true
  }

  /// Gives the loop's memory back; what is left in it is kept elsewhere.
  func returnInput() {
    guard isBorrowing else {
      if input.isEmpty { input = InputBuffer() }
      return
    }
    isBorrowing = false
    let rest = input.isEmpty ? nil : input.compacted()
    input.removeAll()
    swap(&input, &loop.lentInput)
    if let rest { input = rest }
  }

  /// Whether the other end will say no more, and has what it asked for or waits in vain.
  var isOver: Bool {
    hasEnded && !connection.isClosing
      && (connection.isBlocked || input.isEmpty && !connection.isWaitingForHost)
  }

  /// Not while there is too much to do already.
  private var wantsInput: Bool {
    !hasEnded && !connection.isClosing && departure == nil
      && (connection.isReady || input.count < Self.backlogBytes)
  }

  /// Has the poller tell what matters now, and what of that is so already.
  func updateInterest() {
    guard isOpen else { return }
    var wanted: Poller.State = wantsInput ? [.readable, .ended] : []
    // That the other end has gone is to be known also while it is held back.
    if !hasEnded, !connection.isClosing { wanted.insert(.ended) }
    if !unsent.isEmpty { wanted.insert(.writable) }
    guard wanted != self.wanted else { return }
    self.wanted = wanted
    listenAgain()
  }

  private func listenAgain() {
    if isOpen { loop.poller.change(descriptor, as: connection.id, to: wanted) }
  }
}

// What the socket is told.
extension ConnectionHandler {
  /// Writes as much as the socket takes; false if the connection is on another loop now, where it must be left
  /// alone.
  @discardableResult
  func flush() -> Bool {
    guard isOpen else { return true }
    if !hasFailed {
      sendRest()
      while unsent.isEmpty, !hasFailed, writeChunk() {}
    }
    let isDone = unsent.isEmpty && connection.outbox.isEmpty
    if connection.isClosing && isDone || hasFailed && !wantsInput {
      closeAtOnce()
    } else if let departure, isDone, !isDirty {
      // On no list of this loop: nobody here will touch it any more.
      self.departure = nil
      departure()
      return false
    }
    updateInterest()
    return true
  }

  private func writeChunk() -> Bool {
    var count = 0
    let isChunk = connection.outbox.takeChunk { bytes in
      count = bytes.count
      let sent = send(bytes)
      if sent < count { unsent = Array(bytes[sent...]) }
    }
    connection.tally.outputBytes += Int64(count)
    return isChunk
  }

  private func sendRest() {
    guard !unsent.isEmpty else { return }
    let sent = unsent.withUnsafeBytes { send($0) }
    // What is empty keeps no memory.
    if sent == unsent.count { unsent = [] } else { unsent.removeFirst(sent) }
  }

  /// Answers how many bytes the socket took. What is wrong with it is then told as the end of what comes.
  private func send(_ bytes: UnsafeRawBufferPointer) -> Int {
    let flags = Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL)
    while true {
      let sent = Glibc.send(descriptor, bytes.baseAddress, bytes.count, flags)
      if sent >= 0 { return sent }
      if errno == EINTR { continue }
      if errno != EAGAIN {
        hasFailed = true
        shutdown(descriptor, Int32(SHUT_RDWR))
      }
      return 0
    }
  }

  func closeAtOnce() {
    guard isOpen else { return }
    isOpen = false
    departure = nil
    loop.poller.remove(descriptor)
    close(descriptor)
    loop.leave(self)
  }

  /// Calls back when all is written; nothing is read any more.
  func depart(_ departure: @escaping () -> Void) {
    self.departure = departure
    loop.markDirty(self)
  }

  /// It lives on this loop now.
  func arrive(on loop: Loop) throws(SystemError) {
    self.loop = loop
    connection.tally = loop.tally
    wanted = [.readable, .ended]
    try loop.poller.add(descriptor, as: connection.id, for: wanted)
  }

  /// It will live on another loop.
  func stopListening() { loop.poller.remove(descriptor) }
}
