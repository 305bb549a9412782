/// Something that must hold whatever bytes come. A fuzzer looks for bytes with which it does not,
/// and the tests replay what it has found.
package struct FuzzTarget: Sendable {
  /// Also that of its folder in `Tests/FuzzInputs`.
  package let name: String
  /// Throws a `Violation` if it does not hold.
  package let check: @Sendable (_ input: [UInt8]) throws -> Void

  init(_ name: String, _ check: @escaping @Sendable (_ input: [UInt8]) throws -> Void) {
    self.name = name
    self.check = check
  }

  package static let all = [requests, replies, records, queries, patterns, commands, work]
}

package struct Violation: Error, CustomStringConvertible {
  package let description: String
}

func expect(_ holds: Bool, _ description: @autoclosure () -> String) throws(Violation) {
  if !holds { throw Violation(description: description()) }
}
