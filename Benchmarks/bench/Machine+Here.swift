import BenchmarkResults
import CSQLite
import Foundation

extension Machine {
  /// This machine's processor, as the system tells it.
  static var processor: String { value("model name", in: "/proc/cpuinfo") }

  /// This machine, and the versions of the programs to measure.
  static func here() throws -> Machine {
    let information = ProcessInfo.processInfo
    let version = try Program("redis-server", ["--version"]).output()
    let redis = version.split(separator: " ").first { $0.hasPrefix("v=") }?.dropFirst(2) ?? ""
    let swift = try Program("swift", ["--version"]).output()
    let words = swift.split(separator: " ")
    let place = words.firstIndex(of: "version").map { words[$0 + 1] } ?? ""
    let etcd = try Program("etcd", ["--version"]).output().split(whereSeparator: \.isWhitespace)
    // Java's libraries have their version in their name.
    let jars = try FileManager.default.contentsOfDirectory(atPath: Server.Kind.jars)
    let zooKeeper = jars.lazy.compactMap { $0.wholeMatch(of: /zookeeper-([0-9.]+)\.jar/)?.1 }.first
    return Machine(
      cores: information.processorCount,
      memoryGiB: Int((Double(information.physicalMemory) / 1_073_741_824).rounded()),
      system: value("PRETTY_NAME", in: "/etc/os-release"),
      kernel: lines("/proc/sys/kernel/osrelease").first.map(String.init) ?? "",
      versions: [
        "etcd": String(etcd[2]), "ZooKeeper": String(zooKeeper ?? ""), "Redis": String(redis),
        "SQLite": String(cString: sqlite3_libversion()),
        "Swift": String(place),
      ])
  }

  private static func lines(_ path: String) -> [Substring] {
    (try? String(contentsOfFile: path, encoding: .utf8))?.split(separator: "\n") ?? []
  }

  private static func value(_ key: String, in path: String) -> String {
    let line = lines(path).first { $0.hasPrefix(key) }
    return line?.drop { $0 != ":" && $0 != "=" }.dropFirst()
      .trimmingCharacters(in: .init(charactersIn: " \t\"")) ?? ""
  }
}
