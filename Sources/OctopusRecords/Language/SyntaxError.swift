/// An error in a text, with its position.
///
/// ```swift
/// do { _ = try Record(parsing: "pci { bus: }") } catch {
///   print(error)              // expected a value, found '}' at byte 11
///   print(error.caret(in: "pci { bus: }"))
/// }
/// ```
public struct SyntaxError: Error, Sendable, Hashable, CustomStringConvertible {
  /// Why the text was refused; decides the error code on the wire.
  public enum Reason: Sendable, Hashable {
    /// The text does not follow the grammar.
    case malformed
    /// A name is needed here, and there is a regular expression or `_`.
    case needsName
    /// A regular expression that does not compile, or is too costly to.
    case pattern
    /// Something is longer than its limit.
    case tooLong
  }

  /// Why the text was refused.
  public var reason: Reason
  /// The mistake, in words.
  public var message: String
  /// The offset in bytes from the start of the text, or of the body if that is a separate argument.
  public var offset: Int
  /// Whether the error is in a body that is a separate argument.
  public var isInBody = false

  package init(_ message: String, at offset: Int, reason: Reason = .malformed) {
    self.message = message
    self.offset = offset
    self.reason = reason
  }

  public var description: String { "\(message) at byte \(offset)\(isInBody ? " in the body" : "")" }

  /// The line of the text that holds the error, and a caret under the error.
  ///
  /// - Parameter text: The text that was parsed; where `isInBody`, the body.
  /// - Complexity: O(n) in the text.
  public func caret(in text: String) -> String {
    let bytes = Array(text.utf8)
    let position = min(max(offset, 0), bytes.count)
    let start = (bytes[..<position].lastIndex(of: 10) ?? -1) + 1
    let end = bytes[position...].firstIndex(of: 10) ?? bytes.count
    let line = String(decoding: bytes[start..<end], as: UTF8.self)
    let before = String(decoding: bytes[start..<position], as: UTF8.self)
    return "\(line)\n\(String(before.map { $0 == "\t" ? "\t" : " " }))^"
  }
}

extension SyntaxError {
  static func nameTooLong(at offset: Int) -> SyntaxError {
    SyntaxError("a name longer than \(Limits.nameBytes) bytes", at: offset, reason: .tooLong)
  }

  static func tooManyAttributes(at offset: Int) -> SyntaxError {
    SyntaxError(
      "more than \(Limits.attributes) attributes, which is the most of a record", at: offset,
      reason: .tooLong)
  }

  /// The same error, with its offset counted from the start of a separate body.
  func inBody(from start: Int?) -> SyntaxError {
    guard let start else { return self }
    var error = self
    error.offset -= start
    error.isInBody = true
    return error
  }
}
