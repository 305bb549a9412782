import Foundation

/// What starts a driver for each new network interface: Kaluga with all that it needs, or udevd with a rule. It runs
/// in a network of its own, beside a probe that makes the interfaces and whose drivers say when they began.
final class Watcher {
  enum Kind: CaseIterable {
    case kaluga
    case udevd
  }

  private let folder: URL
  private let kind: Kind
  private let setting: Setting
  private let server: Server?

  init(_ kind: Kind, _ setting: Setting) throws {
    folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("octopus-bench-\(UUID().uuidString.prefix(8))")
    try FileManager.default.createDirectory(
      at: folder.appendingPathComponent("drivers"), withIntermediateDirectories: true)
    (self.kind, self.setting) = (kind, setting)
    server =
      kind == .kaluga ? try Server(.octopus(program: setting.octopusd), isPinned: false) : nil
    try Data(text.utf8).write(to: file)
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  /// What the probe says, a line for each measurement: `each` or `burst`, so many interfaces.
  func measure(_ mode: String, _ count: Int) throws -> [[Double]] {
    let user = geteuid() == 0 ? [] : ["--map-root-user"]
    let words = [folder.path, setting.probe, mode, "\(count)"]
    let output = try Program(
      "setpriv",
      ["--pdeathsig", "TERM", "unshare"] + user + ["--net", "--mount", "sh", "-c", script]
        + words
    ).output()
    return output.split(separator: "\n").map { line in
      line.split(separator: " ").map { Double($0)! / 1e9 }
    }
  }

  /// What is watched for, and what is then run.
  private var text: String {
    switch kind {
    case .kaluga:
      #"""
      [[driver]]
      name   = "interfaces"
      match  = "hw.machine.net"
      exec   = ["\#(setting.program("octopus-hw"))", "net"]
      notify = true

      [[driver]]
      name  = "probe"
      match = '''r'^hw\.net\.interface\.' { interface: r'^p[0-9]+l$' }'''
      exec  = ["\#(setting.probe)", "drive", "\#(folder.path)/probe", "{interface}"]
      """#
    case .udevd:
      #"""
      ACTION=="add", SUBSYSTEM=="net", KERNEL=="p*l", \#
      RUN+="\#(setting.probe) drive \#(folder.path)/probe %k exit"

      """#
    }
  }

  private var file: URL {
    folder.appendingPathComponent(kind == .kaluga ? "drivers/net.toml" : "10-probe.rules")
  }

  private var script: String {
    let start =
      switch kind {
      case .kaluga:
        """
        "\(setting.program("kaluga"))" --drivers "$0/drivers" --state-dir "$0/state" \
        --socket "\(server!.socket)" 2>/dev/null &
        """
      case .udevd:
        // With this rule and no other.
        """
        mount -t tmpfs tmpfs /run && mkdir -p /run/udev/rules.d || exit
        for folder in /etc/udev /lib/udev; do
          [ ! -d $folder ] || mount -t tmpfs tmpfs $folder || exit
        done
        cp "$0/10-probe.rules" /run/udev/rules.d
        "\(setting.udevd)" 2>/dev/null &
        """
      }
    return """
      mount -t sysfs sysfs /sys || exit
      rm -f "$0/probe"
      \(start)
      watcher=$!
      trap 'kill $watcher; wait $watcher' EXIT
      trap 'exit 1' TERM
      sleep 0.5
      "$1" "$2" "$0/probe" "$3"
      """
  }
}
