import Foundation
import OctopusSystem

/// A directory of a test's own, removed with its contents when the object's life ends.
package final class TemporaryDirectory: Sendable {
  package let path: String

  package init() throws {
    var template = Array((NSTemporaryDirectory() + "octopus-XXXXXX").utf8CString)
    guard mkdtemp(&template) != nil else { throw SystemError("make a temporary directory") }
    path = template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// The names in it, in order.
  package var contents: [String] {
    ((try? directoryEntries(path)) ?? []).map(\.text).sorted()
  }
}
