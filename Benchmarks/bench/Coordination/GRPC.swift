/// A gRPC connection over HTTP/2, as far as etcd needs it: unary calls on one blocking socket, one
/// after the other or several at a time.
final class GRPC {
  struct Refused: Error {
    var path: String
  }

  private enum Frame {
    static let data: UInt8 = 0
    static let headers: UInt8 = 1
    static let reset: UInt8 = 3
    static let settings: UInt8 = 4
    static let ping: UInt8 = 6
    static let goAway: UInt8 = 7
    static let windowUpdate: UInt8 = 8
  }

  private let wire: Wire
  private let authority: String
  private var nextStream = 1

  /// A call on its way.
  struct Call {
    fileprivate var path: String
    fileprivate var stream: Int
  }

  init(_ address: Wire.Address) throws {
    wire = try Wire(address)
    authority = "localhost"
    var bytes = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)
    bytes += Self.frame(Frame.settings, stream: 0, [])
    // A window larger than all answers together: no flow control.
    var window: [UInt8] = []
    window.append(bigEndian: UInt32(0x7fff_0000))
    bytes += Self.frame(Frame.windowUpdate, stream: 0, window)
    try wire.send(bytes)
  }

  func call(_ path: String, _ message: Message) throws -> Message {
    try answer(to: begin(path, message))
  }

  /// Sends a call.
  func begin(_ path: String, _ message: Message) throws -> Call {
    let call = Call(path: path, stream: nextStream)
    nextStream += 2
    var body: [UInt8] = [0]
    body.append(bigEndian: UInt32(message.bytes.count))
    body += message.bytes
    try wire.send(
      Self.frame(Frame.headers, flags: 0x4, stream: call.stream, headers(path))
        + Self.frame(Frame.data, flags: 0x1, stream: call.stream, body))
    return call
  }

  /// Waits for a call's answer. Later frames of the call are skipped by the next one.
  func answer(to call: Call) throws -> Message {
    var body: [UInt8] = []
    while true {
      let head = try wire.take(9)
      let payload = try wire.take(head[0..<3].number)
      let stream = head[5..<9].number
      switch head[3] {
      case Frame.data where stream == call.stream:
        body += payload
        if body.count >= 5, body.count == 5 + body[1..<5].number {
          return Message(Array(body.dropFirst(5)))
        }
      case Frame.headers where stream == call.stream && head[4] & 0x1 != 0,
        Frame.reset where stream == call.stream, Frame.goAway:
        throw Refused(path: call.path)
      case Frame.settings where head[4] & 0x1 == 0:
        try wire.send(Self.frame(Frame.settings, flags: 0x1, stream: 0, []))
      case Frame.ping where head[4] & 0x1 == 0:
        try wire.send(Self.frame(Frame.ping, flags: 0x1, stream: 0, payload))
      default: break
      }
    }
  }

  private static func frame(
    _ type: UInt8, flags: UInt8 = 0, stream: Int, _ payload: [UInt8]
  ) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.append(bigEndian: UInt32(payload.count) << 8 | UInt32(type))
    bytes.append(flags)
    bytes.append(bigEndian: UInt32(stream))
    return bytes + payload
  }

  /// With indexes of HPACK's static table: `:method POST`, `:scheme http`, `:path`, `:authority`,
  /// `content-type`; then `te`.
  private func headers(_ path: String) -> [UInt8] {
    func text(_ text: String) -> [UInt8] { [UInt8(text.utf8.count)] + text.utf8 }
    return [0x83, 0x86, 0x04] + text(path) + [0x01] + text(authority) + [0x0f, 0x10]
      + text("application/grpc") + [0x00] + text("te") + text("trailers")
  }
}

/// A protobuf message: numbers and texts by field number.
struct Message {
  private(set) var bytes: [UInt8] = []

  init(_ bytes: [UInt8] = []) { self.bytes = bytes }

  func with(_ field: Int, _ number: Int) -> Message {
    Message(bytes + Self.varint(field << 3) + Self.varint(number))
  }

  func with(_ field: Int, _ text: [UInt8]) -> Message {
    Message(bytes + Self.varint(field << 3 | 2) + Self.varint(text.count) + text)
  }

  /// The last value of a numeric field; 0 without one.
  func number(_ field: Int) -> Int {
    var found = 0
    read { if case .number(let value) = $1, $0 == field { found = value } }
    return found
  }

  /// The last value of a text field; empty without one.
  func text(_ field: Int) -> [UInt8] {
    var found: [UInt8] = []
    read { if case .text(let value) = $1, $0 == field { found = value } }
    return found
  }

  private enum Value {
    case number(Int)
    case text([UInt8])
  }

  private func read(_ body: (Int, Value) -> Void) {
    var rest = bytes[...]
    func varint() -> Int {
      var (value, shift) = (0, 0)
      while let byte = rest.popFirst() {
        value |= Int(byte & 0x7f) << shift
        shift += 7
        if byte < 0x80 { break }
      }
      return value
    }
    while !rest.isEmpty {
      let key = varint()
      switch key & 7 {
      case 0: body(key >> 3, .number(varint()))
      case 2:
        let length = varint()
        let text = Array(rest.prefix(length))
        rest = rest.dropFirst(text.count)
        body(key >> 3, .text(text))
      default: return
      }
    }
  }

  private static func varint(_ number: Int) -> [UInt8] {
    var (bytes, rest) = ([UInt8](), UInt(bitPattern: number))
    while rest >= 0x80 {
      bytes.append(UInt8(rest & 0x7f) | 0x80)
      rest >>= 7
    }
    return bytes + [UInt8(rest)]
  }
}
