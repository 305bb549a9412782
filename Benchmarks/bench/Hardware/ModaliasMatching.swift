import BenchmarkResults
import CKmod
import Foundation
import Generators
import Kaluga
import OctopusRecords
import OctopusSystem

/// The module aliases of a whole kernel as Kaluga's catalogue and as libkmod's index, with devices
/// to look up.
final class ModaliasMatching {
  let count = 10_000
  let aliases: Int
  /// The time to read the catalogue.
  let reading: Samples
  private var matcher: Matcher
  private let kmodContext: OpaquePointer
  private let devices: [Record]
  private let texts: [String]

  init(_ context: Context) throws {
    let folder = context.unpacked + "/modules"
    let text = try String(contentsOfFile: folder + "/modules.alias", encoding: .utf8)
    let lines = text.split(separator: "\n").filter { $0.hasPrefix("alias ") }
    aliases = lines.count
    // The others belong to file systems, ciphers and the like.
    let ofDevices = lines.filter { $0.contains(":") }
    let entries = ByteString(
      ModulesAlias(ByteString(text)).catalogue(exec: ["true", "{module}"]))
    func read() -> Catalogue {
      Catalogue([.init(path: "modules.toml", text: entries)]) { _ in true }
    }
    let catalogue = read()
    guard catalogue.problems.isEmpty else {
      throw Program.Failed(description: "\(catalogue.problems[0])")
    }
    reading = Samples(
      (0..<context.sampling.runs).map { _ in
        let begin = ContinuousClock.now
        _ = Matcher(read())
        return begin.duration(to: .now).seconds
      })
    matcher = Matcher(catalogue)
    guard let context = kmod_new(folder, nil), kmod_load_resources(context) == 0 else {
      throw Program.Failed(description: "kmod cannot read \(folder)")
    }
    kmod_set_log_priority(context, 0)
    kmodContext = context
    var random = Random.ofBenchmarks
    texts = (0..<count).map { _ in
      Self.device(
        String(ofDevices[random.below(ofDevices.count)].split(separator: " ")[1]), &random)
    }
    devices = try texts.enumerated().map { number, alias in
      try Record(
        name: "hw.device.\(number)",
        pairs: [
          ("modalias", .string(alias)), ("syspath", .string("/sys/devices/\(number)")),
          ("devinode", .integer(Int64(number))),
        ])
    }
    try compare()
  }

  deinit { kmod_unref(kmodContext) }

  func kaluga(_ turn: Int) { _ = matcher.drivers(for: devices[turn % count]) }

  func kmod(_ turn: Int) { lookUp(texts[turn % count]) { _ in } }

  private func lookUp(_ alias: String, _ found: (String) -> Void) {
    var list: OpaquePointer?
    kmod_module_new_from_lookup(kmodContext, alias, &list)
    var next = list
    while let entry = next {
      if let module = kmod_module_get_module(entry) {
        if let name = kmod_module_get_name(module) { found(String(cString: name)) }
        kmod_module_unref(module)
      }
      next = kmod_list_next(list, entry)
    }
    kmod_module_unref_list(list)
  }

  /// Checks that both give the same answers.
  private func compare() throws {
    for index in 0..<count {
      let ours = Set(matcher.drivers(for: devices[index]).map(\.name))
      var theirs: Set<String> = []
      lookUp(texts[index]) { theirs.insert($0) }
      guard ours == theirs else {
        throw Program.Failed(description: "\(texts[index]): \(ours), and of kmod \(theirs)")
      }
    }
  }

  /// An alias of a device that matches this pattern.
  private static func device(_ pattern: String, _ random: inout Random) -> String {
    var alias = ""
    var rest = pattern[...]
    while let letter = rest.popFirst() {
      if letter == "*" {
        let digits = String(random.next() >> 32, radix: 16, uppercase: true)
        alias += digits.prefix(pattern.hasPrefix("pci") ? 8 : pattern.hasPrefix("usb") ? 4 : 2)
      } else if letter == "[", let end = rest.firstIndex(of: "]") {
        alias.append(rest.first!)
        rest = rest[rest.index(after: end)...]
      } else {
        alias.append(letter)
      }
    }
    return alias
  }
}
