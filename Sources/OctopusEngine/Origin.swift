/// The session and the request that a command came with, and the time.
struct Origin {
  var session: SessionID
  var request: RequestID
  var now: Instant
  /// The tag of a deferred command.
  var tag: [UInt8]?

  init(_ session: SessionID, _ request: RequestID, _ now: Instant, tag: [UInt8]? = nil) {
    self.session = session
    self.request = request
    self.now = now
    self.tag = tag
  }

  /// How the command is answered.
  var handle: ReplyHandle { tag.map { .tag($0) } ?? .request(request) }
}
