import Glibc
import Octopus
import TestSupport

/// The files of a test's own Kaluga: a catalogue, a state directory, and a file in which drivers
/// record that they were started.
final class KalugaFiles: Sendable {
  private let temporary: TemporaryDirectory
  private let wrappers: String
  private let changes: FileChanges

  /// - Parameter isApart: whether bus drivers run under umockdev, beside others.
  init(isApart: Bool = false) throws {
    temporary = try TemporaryDirectory()
    changes = try FileChanges(in: temporary.path)
    wrappers = temporary.path + "/programs"
    for folder in ["drivers", "programs"] { mkdir("\(temporary.path)/\(folder)", 0o755) }
    let apart = isApart ? "bash \(sourceDirectory)/Scripts/apart.sh " : ""
    try write(
      "#!/bin/sh\nexec \(apart)\(productsDirectory)/octopus-hw \"$@\"\n", "programs/octopus-hw")
    chmod(wrappers + "/octopus-hw", 0o755)
  }

  /// Drivers outlive Kaluga. Those of a failed test are ended with this object.
  deinit {
    guard let directory = opendir(state) else { return }
    defer { closedir(directory) }
    while let entry = readdir(directory) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) {
        String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
      }
      guard name.hasSuffix(".run"), let text = try? contents(of: "\(state)/\(name)"),
        let guardPID = try? Record(parsing: text).read("guard", as: pid_t.self),
        (try? contents(of: "/proc/\(guardPID)/comm")) == "kaluga-guard\n"
      else { continue }
      kill(guardPID, SIGKILL)
    }
  }

  var arguments: [String] {
    ["--drivers", temporary.path + "/drivers", "--state-dir", state]
  }

  var state: String { temporary.path + "/state" }

  /// Catalogues name the bus drivers by name alone.
  var environment: [String: String] {
    ["PATH": "\(wrappers):\(String(cString: getenv("PATH")))"]
  }

  /// The output of all drivers.
  var logs: String {
    (0..<20).compactMap { try? contents(of: "\(state)/log/\($0)") }.joined()
  }

  /// Makes a file of the catalogue.
  func catalogue(_ file: String, _ text: String) throws { try write(text, "drivers/\(file)") }

  /// The catalogue of bus drivers that comes with the programs.
  func catalogueOfBuses() throws {
    try catalogue("buses.toml", contents(of: repository + "/examples/drivers/buses.toml"))
  }

  /// An entry for a driver that records its device's path, and waits.
  func recorder(_ name: String, _ match: String, _ more: String = "") -> String {
    """
    [[driver]]
    name  = "\(name)"
    match = '''\(match) '''
    exec  = ["sh", "-c", 'echo $$ "$1" >>"$0"; exec sleep 600', "\(temporary.path)/starts", "{syspath}"]
    \(more)

    """
  }

  /// The processes that have been started, and the paths of their devices.
  var starts: [(process: pid_t, path: String)] {
    let text = (try? contents(of: temporary.path + "/starts")) ?? ""
    return text.split(separator: "\n").compactMap { line in
      let words = line.split(separator: " ", maxSplits: 1)
      return words.count == 2 ? pid_t(words[0]).map { ($0, String(words[1])) } : nil
    }
  }

  /// Waits until drivers have been started for `count` paths that contain a text. All that have
  /// been started.
  func starts(
    atLeast count: Int, of part: String? = nil
  ) async -> [(process: pid_t, path: String)] {
    _ = await changes.wait(until: now() + patience) {
      starts.count { start in part.map { start.path.contains($0) } ?? true } >= count
    }
    return starts
  }

  private func write(_ text: String, _ name: String) throws {
    guard let file = fopen("\(temporary.path)/\(name)", "we") else {
      throw Failure("cannot write \(name)")
    }
    fputs(text, file)
    fclose(file)
  }
}

/// Whether a process lives: one that waits to be reaped does not.
func lives(_ process: pid_t) -> Bool {
  guard let status = try? contents(of: "/proc/\(process)/stat") else { return false }
  return status.split(separator: ")").last?.hasPrefix(" Z") == false
}

extension OctopusClient {
  /// Waits for an instance.
  @discardableResult
  func instance(_ conditions: String) async throws -> Record {
    try await waitFor(
      Query(parsing: "r'^kaluga\\.instance\\.' { \(conditions) }"), timeout: .seconds(patience))
  }

  func goneInstance(_ conditions: String) async throws {
    try await waitFor(
      gone: Query(parsing: "r'^kaluga\\.instance\\.' { \(conditions) }"),
      timeout: .seconds(patience))
  }

  /// The process of each running instance, by its driver and its device's path.
  func processes() async throws -> [String: Int64] {
    let records = try await find("r'^kaluga\\.instance\\.' { state: running }")
    return Dictionary(
      uniqueKeysWithValues: records.map { record in
        (
          "\(record["driver"]?.text ?? "") \(record["syspath"]?.text ?? "")",
          record["pid"]!.integer!
        )
      })
  }
}
