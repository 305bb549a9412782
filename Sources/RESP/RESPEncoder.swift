// Writing: each function appends one element, in the words of the version that the peer speaks, so
// that a large reply can be written piece by piece. An aggregate is its header, then its elements.

@usableFromInline
package enum RESPVersion: Int, Sendable, Hashable {
  case two = 2
  case three = 3
}

@usableFromInline
package struct RESPEncoder: Sendable {
  /// What has been written, for the caller to take.
  @usableFromInline package var bytes: [UInt8] = []
  @usableFromInline package var version: RESPVersion

  package init(version: RESPVersion) { self.version = version }

  @inlinable
  package mutating func arrayHeader(_ count: Int) { header(UInt8(ascii: "*"), Int64(count)) }

  /// A map of `count` entries; in RESP2 an array of twice as many elements.
  @inlinable
  package mutating func mapHeader(_ count: Int) {
    if version == .two { return arrayHeader(count * 2) }
    header(UInt8(ascii: "%"), Int64(count))
  }

  /// A set; in RESP2 an array.
  @inlinable
  package mutating func setHeader(_ count: Int) {
    header(version == .two ? UInt8(ascii: "*") : UInt8(ascii: "~"), Int64(count))
  }

  /// A push; in RESP2 an array.
  @inlinable
  package mutating func pushHeader(_ count: Int) {
    header(version == .two ? UInt8(ascii: "*") : UInt8(ascii: ">"), Int64(count))
  }

  @inlinable
  package mutating func integer(_ value: Int64) { header(UInt8(ascii: ":"), value) }

  @inlinable
  package mutating func integer(_ value: Int) { integer(Int64(value)) }

  /// Null; in RESP2 the null bulk string.
  @inlinable
  package mutating func null() { raw(version == .two ? "$-1\r\n" : "_\r\n") }

  /// A boolean; in RESP2 1 or 0.
  @inlinable
  package mutating func boolean(_ value: Bool) {
    switch version {
    case .two: raw(value ? ":1\r\n" : ":0\r\n")
    case .three: raw(value ? "#t\r\n" : "#f\r\n")
    }
  }

  /// A float in its shortest exact form; in RESP2 a bulk string.
  package mutating func double(_ value: Double) {
    if version == .two { return bulk(value.description) }
    line(UInt8(ascii: ","), value.description.utf8)
  }

  /// An integer of any size, as decimal digits; in RESP2 a bulk string.
  package mutating func bigNumber(_ digits: some Collection<UInt8>) {
    if version == .two { return bulk(digits) }
    line(UInt8(ascii: "("), digits)
  }
}

// Strings.
extension RESPEncoder {
  @inlinable
  package mutating func bulk(_ content: UnsafeRawBufferPointer) {
    blob(UInt8(ascii: "$"), content)
  }

  @inlinable
  package mutating func bulk(_ content: some Collection<UInt8>) {
    blob(UInt8(ascii: "$"), content)
  }

  @inlinable
  package mutating func bulk(_ content: String) { bulk(content.utf8) }

  /// A bulk string of what `write` appends, for content that is rendered in place and whose length
  /// is known only then.
  @inlinable
  package mutating func bulk(writing write: (inout [UInt8]) -> Void) {
    let start = bytes.count
    write(&bytes)
    let contentEnd = bytes.count
    precondition(contentEnd >= start, "bulk(writing:) may only append")
    header(UInt8(ascii: "$"), Int64(contentEnd - start))
    rotate(from: start, middle: contentEnd)
    raw("\r\n")
  }

  /// Text with a format, as a person should see it; in RESP2 a bulk string.
  package mutating func verbatim(
    _ content: some Collection<UInt8>, format: RESPValue.VerbatimFormat = .text
  ) {
    if version == .two { return bulk(content) }
    header(UInt8(ascii: "="), Int64(content.count + 4))
    bytes.append(contentsOf: format.bytes)
    bytes.append(UInt8(ascii: ":"))
    bytes.append(contentsOf: content)
    raw("\r\n")
  }

  /// A constant status, such as `OK`, without a line break.
  @inlinable
  package mutating func simple(_ content: StaticString) {
    bytes.append(UInt8(ascii: "+"))
    raw(content)
    raw("\r\n")
  }

  /// A status of any bytes; line breaks become spaces.
  package mutating func simple(_ content: some Collection<UInt8>) {
    line(UInt8(ascii: "+"), content)
  }

  /// An error; line breaks in it become spaces, so that no message can break the frame.
  package mutating func error(code: String, message: String) {
    bytes.append(UInt8(ascii: "-"))
    withoutLineBreaks(code.utf8)
    bytes.append(UInt8(ascii: " "))
    withoutLineBreaks(message.utf8)
    raw("\r\n")
  }

  /// An error, code and message in one; line breaks become spaces.
  package mutating func error(_ content: some Collection<UInt8>) {
    line(UInt8(ascii: "-"), content)
  }

  /// An error of any bytes; in RESP2 a plain one.
  package mutating func blobError(_ content: some Collection<UInt8>) {
    if version == .two { return error(content) }
    blob(UInt8(ascii: "!"), content)
  }
}

// A client's requests: the same in both versions.
extension RESPEncoder {
  package mutating func command(_ arguments: some Collection<some Collection<UInt8>>) {
    arrayHeader(arguments.count)
    for argument in arguments { bulk(argument) }
  }

  package mutating func command(_ arguments: some Collection<String>) {
    arrayHeader(arguments.count)
    for argument in arguments { bulk(argument) }
  }
}
