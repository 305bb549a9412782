import Foundation

/// Kaluga with all that it needs, or udevd with a rule: either starts a driver for each new network
/// interface. It runs in its own network namespace, beside a probe that creates the interfaces and
/// whose drivers report when they began.
final class DeviceManager {
  enum Kind: CaseIterable {
    case kaluga
    case udevd
  }

  private let folder: URL
  private let kind: Kind
  private let context: Context
  private let server: Server?

  init(_ kind: Kind, _ context: Context) throws {
    folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("octopus-bench-\(UUID().uuidString.prefix(8))")
    try FileManager.default.createDirectory(
      at: folder.appendingPathComponent("drivers"), withIntermediateDirectories: true)
    (self.kind, self.context) = (kind, context)
    server =
      kind == .kaluga ? try Server(.octopus(program: context.octopusd), .ordinary) : nil
    try Data(text.utf8).write(to: file)
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  /// The output of the probe, a line for each measurement: `each` or `burst`, and n interfaces.
  func measure(_ mode: String, _ count: Int) throws -> [[Double]] {
    let user = geteuid() == 0 ? [] : ["--map-root-user"]
    let words = [folder.path, context.probe, mode, "\(count)"]
    let output = try Program(
      "setpriv",
      ["--pdeathsig", "TERM", "unshare"] + user + ["--net", "--mount", "sh", "-c", script]
        + words
    ).output()
    return output.split(separator: "\n").map { line in
      line.split(separator: " ").map { Double($0)! / 1e9 }
    }
  }

  /// The catalogue or the rule.
  private var text: String {
    switch kind {
    case .kaluga:
      #"""
      [[driver]]
      name   = "interfaces"
      match  = "hw.machine.net"
      exec   = ["\#(context.program("octopus-hw"))", "net"]
      notify = true

      [[driver]]
      name  = "probe"
      match = '''r'^hw\.net\.interface\.' { interface: r'^p[0-9]+l$' }'''
      exec  = ["\#(context.probe)", "drive", "\#(folder.path)/probe", "{interface}"]
      """#
    case .udevd:
      #"""
      ACTION=="add", SUBSYSTEM=="net", KERNEL=="p*l", \#
      RUN+="\#(context.probe) drive \#(folder.path)/probe %k exit"

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
        "\(context.program("kaluga"))" --drivers "$0/drivers" --state-dir "$0/state" \
        --socket "\(server!.socket)" 2>/dev/null &
        """
      case .udevd:
        // With this rule only.
        """
        mount -t tmpfs tmpfs /run && mkdir -p /run/udev/rules.d || exit
        for folder in /etc/udev /lib/udev; do
          [ ! -d $folder ] || mount -t tmpfs tmpfs $folder || exit
        done
        cp "$0/10-probe.rules" /run/udev/rules.d
        "\(context.udevd)" 2>/dev/null &
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
