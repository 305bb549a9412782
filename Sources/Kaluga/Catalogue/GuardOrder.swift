// The order of a driver: what kaluga-guard reads on its standard input.
import OctopusSystem

/// How to run a process, as entries `key=value`.
///
/// It holds every setting that makes a process what it is. So the order alone decides whether a
/// running process is still what the catalogue asks for: see ``fingerprint``.
package struct GuardOrder: Hashable, Sendable {
  package private(set) var entries: [String] = []

  mutating func add(_ key: String, _ value: String) { entries.append("\(key)=\(value)") }

  mutating func add(_ key: String, _ value: String?) {
    if let value { add(key, value) }
  }

  mutating func remove(_ key: String) {
    entries.removeAll { $0.utf8.starts(with: "\(key)=".utf8) }
  }

  /// The key of the user's name. The guard itself gets numbers: see ``GuardProgram``.
  static let user = "user"

  /// The values of a key, in order.
  package func values(of key: String) -> [String] {
    entries.filter { $0.utf8.starts(with: "\(key)=".utf8) }
      .map { String($0.dropFirst(key.count + 1)) }
  }

  /// Each entry with a zero byte after it; nil if one has a zero byte itself.
  var bytes: [UInt8]? {
    guard !entries.contains(where: { $0.utf8.contains(0) }) else { return nil }
    return entries.flatMap { Array($0.utf8) + [0] }
  }

  /// The same for equal orders, in every run of Kaluga: a hash (FNV-1a) of all entries.
  var fingerprint: Int64 {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for entry in entries {
      for byte in entry.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
      // No byte of UTF-8 is this one.
      hash = (hash ^ 0xff) &* 0x100_0000_01b3
    }
    return Int64(bitPattern: hash)
  }
}
