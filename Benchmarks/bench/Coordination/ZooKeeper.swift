/// A ZooKeeper session, in its own protocol on a blocking socket.
final class ZooKeeper {
  struct Refused: Error {
    var code: Int
  }

  private enum Code {
    static let create: Int32 = 1
    static let delete: Int32 = 2
    static let exists: Int32 = 3
    static let children: Int32 = 8
    static let event = 0xffff_ffff
    static let noNode = 0xffff_ff9b
  }

  private let wire: Wire
  private var serial: Int32 = 0
  /// Events that came while a reply was awaited.
  private var events = 0

  init(_ address: Wire.Address) throws {
    wire = try Wire(address)
    var hello: [UInt8] = []
    hello.append(bigEndian: Int32(0))  // the version
    hello.append(bigEndian: Int64(0))  // nothing seen
    hello.append(bigEndian: Int32(3_600_000))  // longer than any measurement
    hello.append(bigEndian: Int64(0))  // a new session
    hello += Self.buffer([UInt8](repeating: 0, count: 16))
    try wire.send(Self.buffer(hello))
    _ = try packet()
  }

  enum Kind: Int32 {
    case permanent = 0
    /// Ephemeral and sequential.
    case ephemeralSequential = 3
  }

  /// Creates a node; returns its path.
  func create(_ path: String, _ kind: Kind) throws -> String {
    var body = Self.buffer(Array(path.utf8)) + Self.buffer([])
    body.append(bigEndian: Int32(1))  // one access rule:
    body.append(bigEndian: Int32(31))  // everyone may do everything
    body += Self.buffer(Array("world".utf8)) + Self.buffer(Array("anyone".utf8))
    body.append(bigEndian: kind.rawValue)
    let reply = try ask(Code.create, body).body
    return String(decoding: reply.dropFirst(4), as: UTF8.self)
  }

  func children(of path: String) throws -> [String] {
    var rest = try ask(Code.children, Self.buffer(Array(path.utf8)) + [0]).body[...]
    let count = rest.prefix(4).number
    rest = rest.dropFirst(4)
    return (0..<count).map { _ in
      let length = rest.prefix(4).number
      defer { rest = rest.dropFirst(4 + length) }
      return String(decoding: rest.dropFirst(4).prefix(length), as: UTF8.self)
    }
  }

  /// Whether a node exists; an event follows when it is deleted.
  func watch(_ path: String) throws -> Bool {
    try ask(Code.exists, Self.buffer(Array(path.utf8)) + [1], Code.noNode).code == 0
  }

  func awaitEvent() throws {
    while events == 0 { _ = try next() }
    events -= 1
  }

  /// Sends a deletion; `awaitReply` receives its reply.
  func delete(_ path: String) throws {
    var body = Self.buffer(Array(path.utf8))
    body.append(bigEndian: Int32(-1))
    try send(Code.delete, body)
  }

  func awaitReply() throws { _ = try reply() }

  private func ask(
    _ code: Int32, _ body: [UInt8], _ allowed: Int = 0
  ) throws -> (code: Int, body: [UInt8]) {
    try send(code, body)
    return try reply(allowed)
  }

  private func send(_ code: Int32, _ body: [UInt8]) throws {
    serial += 1
    var request: [UInt8] = []
    request.append(bigEndian: serial)
    request.append(bigEndian: code)
    try wire.send(Self.buffer(request + body))
  }

  private func reply(_ allowed: Int = 0) throws -> (code: Int, body: [UInt8]) {
    while true {
      guard let reply = try next() else { continue }
      guard reply.code == 0 || reply.code == allowed else { throw Refused(code: reply.code) }
      return reply
    }
  }

  /// The next reply, or nil for an event.
  private func next() throws -> (code: Int, body: [UInt8])? {
    let packet = try packet()
    guard packet[0..<4].number != Code.event else {
      events += 1
      return nil
    }
    return (packet[12..<16].number, Array(packet.dropFirst(16)))
  }

  private func packet() throws -> [UInt8] { try wire.take(wire.take(4).number) }

  /// Bytes with their length in front.
  private static func buffer(_ bytes: [UInt8]) -> [UInt8] {
    var buffer: [UInt8] = []
    buffer.append(bigEndian: Int32(bytes.count))
    return buffer + bytes
  }
}
