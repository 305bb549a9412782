// What each element looks like on the wire, in both versions.

import RESP
import Testing

@Suite struct RESPEncoderTests {
  private func wire(_ version: RESPVersion, _ write: (inout RESPEncoder) -> Void) -> String {
    var encoder = RESPEncoder(version: version)
    write(&encoder)
    return String(decoding: encoder.bytes, as: UTF8.self)
  }

  private func expect(
    _ two: String, _ three: String, location: SourceLocation = #_sourceLocation,
    _ write: (inout RESPEncoder) -> Void
  ) {
    #expect(wire(.two, write) == two, sourceLocation: location)
    #expect(wire(.three, write) == three, sourceLocation: location)
  }

  private func expect(
    _ both: String, location: SourceLocation = #_sourceLocation,
    _ write: (inout RESPEncoder) -> Void
  ) {
    expect(both, both, location: location, write)
  }

  @Test func elements() {
    expect("*3\r\n") { $0.arrayHeader(3) }
    expect("*6\r\n", "%3\r\n") { $0.mapHeader(3) }
    expect("*3\r\n", "~3\r\n") { $0.setHeader(3) }
    expect("*3\r\n", ">3\r\n") { $0.pushHeader(3) }
    expect("$-1\r\n", "_\r\n") { $0.null() }
    expect(":1\r\n:0\r\n", "#t\r\n#f\r\n") {
      $0.boolean(true)
      $0.boolean(false)
    }
    expect("$4\r\n12.0\r\n", ",12.0\r\n") { $0.double(12) }
    expect("$5\r\n1e+16\r\n", ",1e+16\r\n") { $0.double(1e16) }
    expect("$4\r\n-inf\r\n", ",-inf\r\n") { $0.double(-.infinity) }
    expect("$3\r\nnan\r\n", ",nan\r\n") { $0.double(.nan) }
    expect("$3\r\n123\r\n", "(123\r\n") { $0.bigNumber("123".utf8) }
    expect("$2\r\nhi\r\n", "=6\r\ntxt:hi\r\n") { $0.verbatim("hi".utf8) }
    expect("$2\r\nhi\r\n", "=6\r\nmkd:hi\r\n") { $0.verbatim("hi".utf8, format: .markdown) }
    expect("+OK\r\n") { $0.simple("OK") }
    expect("-ERR a\r\n", "!5\r\nERR a\r\n") { $0.blobError("ERR a".utf8) }
    expect("-SYNTAX no\r\n") { $0.error(code: "SYNTAX", message: "no") }
    expect("*2\r\n$3\r\nGET\r\n$1\r\n_\r\n") { $0.command(["GET", "_"]) }
    expect("*2\r\n$3\r\nGET\r\n$1\r\n_\r\n") { $0.command(["GET".utf8, "_".utf8]) }
  }

  @Test func bulks() {
    let bytes = Array("hello".utf8)
    expect("$5\r\nhello\r\n") { $0.bulk(bytes) }
    expect("$5\r\nhello\r\n") { $0.bulk("hello") }
    expect("$5\r\nhello\r\n") { $0.bulk(bytes[...]) }
    expect("$5\r\nhello\r\n") { $0.bulk(bytes.lazy.map { $0 }) }
    expect("$5\r\nhello\r\n") { encoder in bytes.withUnsafeBytes { encoder.bulk($0) } }
    expect("$0\r\n\r\n") { $0.bulk("") }
    for count in [0, 1, 9, 10, 99, 100, 5_000] {
      let content = (0..<count).map { UInt8($0 % 251) }
      var (direct, rendered) = (RESPEncoder(version: .two), RESPEncoder(version: .two))
      direct.simple("OK")
      rendered.simple("OK")
      direct.bulk(content)
      rendered.bulk { $0.append(contentsOf: content) }
      #expect(direct.bytes == rendered.bytes)
    }
  }

  @Test(arguments: [
    0, 1, -1, 9, 10, 99, 100, -10, 1_000_000, Int64.max, Int64.min, Int64.max - 1, Int64.min + 1,
  ])
  func integers(value: Int64) {
    expect(":\(value)\r\n") { $0.integer(value) }
  }

  @Test func lineBreaksInAnErrorMessageAreReplaced() {
    expect("-ERR a  b   c\r\n") { $0.error(code: "ERR", message: "a\r\nb \n c") }
    expect("-E X m\r\n") { $0.error(code: "E\nX", message: "m") }
    expect("-a b\r\n") { $0.error("a\nb".utf8) }
    expect("+a b\r\n") { $0.simple("a\rb".utf8) }
    expect("-a b\r\n", "!3\r\na\nb\r\n") { $0.blobError("a\nb".utf8) }
  }
}
