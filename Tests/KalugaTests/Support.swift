// Small words for what the tests of Kaluga say often.

import Dispatch
import OctopusRecords
import OctopusSystem

@testable import Kaluga

/// A catalogue of one file in which every program is there.
func catalogue(_ text: String, previous: Catalogue = Catalogue()) -> Catalogue {
  Catalogue([.init(path: "test.toml", text: ByteString(text))], previous: previous) { _ in true }
}

/// An entry with the settings that every one needs.
func entry(_ name: String, match: String = "r'^hw'", _ more: String = "") -> String {
  "[[driver]]\nname = \"\(name)\"\nmatch = '''\(match)'''\nexec = [\"/bin/\(name)\"]\n\(more)\n"
}

func device(_ name: String, _ syspath: String, inode: Int64 = 1, _ more: String = "") -> Record {
  let comma = more.isEmpty ? "" : ", "
  // The tests write what is right.
  return try! Record(
    parsing: "\(name) { syspath: '\(syspath)', devinode: \(inode)\(comma)\(more) }")
}

/// Runs what blocks on a thread of its own: the tests' own threads are few.
func blocking<Result: Sendable>(_ body: @escaping @Sendable () -> Result) async -> Result {
  await withCheckedContinuation { continuation in
    DispatchQueue(label: "blocking").async { continuation.resume(returning: body()) }
  }
}
