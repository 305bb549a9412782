import Foundation

/// A directory of a test's own; it goes with this object.
final class TemporaryDirectory: Sendable {
  let path: String

  init() throws {
    var template = Array((NSTemporaryDirectory() + "octopus-XXXXXX").utf8CString)
    guard mkdtemp(&template) != nil else { throw Failure("no temporary directory") }
    path = template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}
