import Glibc
import Octopus
import Testing

@testable import Kaluga

/// What an entry of the catalogue asks for, at real processes.
@Suite(.timeLimit(.minutes(10)))
struct SettingTests {
  @Test func driverWithNotifyRunsOnceItSaysSo() async throws {
    let kaluga = try RunningKaluga()
    kaluga.makeGate("go")
    let say = """
      import os, socket, sys
      sys.stdin.close()
      s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
      open("go").read()
      s.sendto(b"STATUS=soon\\nREADY=1", os.environ["NOTIFY_SOCKET"])
      import signal; signal.pause()
      """
    try kaluga.catalogue(
      """
      [[driver]]
      name = "late"
      match = '''r'^hw\\.test\\.' '''
      exec = ["python3", "-c", '''\(say)''']
      cwd = "\(kaluga.directory)"
      notify = true
      """)
    try await kaluga.withKaluga { octopus in
      try await octopus.set(kaluga.device("one"))
      let before = try await octopus.instance("pid: _")
      #expect(before["state"]?.text == "starting")
      await kaluga.open(gate: "go")
      _ = try await octopus.instance("state: running")
    }
  }

  /// Neither by name nor over a socket that somebody else has connected.
  @Test(.enabled(if: geteuid() == 0, "only root may become another"))
  func readinessCountsFromTheDriversUserAlone() async throws {
    let kaluga = try RunningKaluga()
    chmod(kaluga.directory, 0o755)
    kaluga.makeGate("go")
    let driver = """
      import os, signal, socket
      open("go").read()
      socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(b"READY=1", os.environ["NOTIFY_SOCKET"])
      signal.pause()
      """
    try kaluga.catalogue(
      """
      [[driver]]
      name = "late"
      match = '''r'^hw\\.test\\.' '''
      exec = ["/usr/bin/python3", "-c", '''\(driver)''']
      cwd = "\(kaluga.directory)"
      user = "nobody"
      notify = true
      """)
    // When the guard has closed the first descriptor it has read that message; when it has closed
    // the second, it has handled the first.
    let stranger = """
      import os, socket, sys
      path = sys.argv[1]
      mine, roots = (socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) for _ in range(2))
      roots.connect(path)
      os.setgroups([])
      os.setuid(1)
      try:
          mine.connect(path)
          sys.exit(3)
      except PermissionError:
          pass
      for _ in range(2):
          reading, writing = os.pipe()
          socket.send_fds(roots, [b"READY=1"], [writing])
          os.close(writing)
          os.read(reading, 1)
      """
    try await kaluga.withKaluga { octopus in
      try await octopus.set(kaluga.device("one"))
      _ = try await octopus.instance("state: starting, pid: _")
      let socket = "\(kaluga.directory)/state/notify/0"
      #expect(run("/usr/bin/python3", "-c", stranger, socket) == 0)
      #expect(access("\(kaluga.directory)/state/0.ready", F_OK) != 0)
      await kaluga.open(gate: "go")
      _ = try await octopus.instance("state: running")
    }
  }

  @Test func reasonOfADriverThatCannotBeStartedIsPublished() async throws {
    let kaluga = try RunningKaluga()
    try kaluga.catalogue(
      shell("nouser", "true", "user = \"nobody-of-that-name\"\nrestart = \"never\"")
        + shell("nowhere", "true", "cwd = \"/nonexistent\"\nrestart = \"never\""))
    try await kaluga.withKaluga { octopus in
      try await octopus.set(kaluga.device("one", "kind: nouser"))
      try await octopus.set(kaluga.device("two", "kind: nowhere"))
      let first = try await octopus.instance("state: failed, driver: nouser")
      #expect(first["reason"]?.text?.hasPrefix("there is no such user") ?? false, "\(first)")
      let second = try await octopus.instance("state: failed, driver: nowhere")
      #expect(second["reason"]?.text == "it has no directory: No such file or directory")
    }
  }

  @Test func settingsTakeEffectInTheProcess() async throws {
    let kaluga = try RunningKaluga()
    try kaluga.catalogue(
      shell(
        "set", "pwd; ulimit -n; echo $LEVEL; nproc",
        """
        cwd = "/usr"
        cpus = [0]
        restart = "never"
        limits = { nofile = 77 }
        env = { LEVEL = "high" }
        """))
    try await kaluga.withKaluga { octopus in
      try await octopus.set(kaluga.device("one", "kind: set"))
      _ = try await octopus.instance("state: done")
      #expect(kaluga.log(0) == "/usr\n77\nhigh\n1\n")
    }
  }

  @Test(.enabled(if: geteuid() == 0, "only root may become another"))
  func driverRunsAsItsUser() async throws {
    let kaluga = try RunningKaluga()
    try kaluga.catalogue(
      shell("who", "id -un; id -Gn", "user = \"nobody\"\nrestart = \"never\""))
    try await kaluga.withKaluga { octopus in
      try await octopus.set(kaluga.device("one", "kind: who"))
      _ = try await octopus.instance("state: done")
      #expect(kaluga.log(0) == "nobody\nnogroup\n")
    }
  }

  /// Records that others set, and those of other drivers, also of one that the catalogue has got
  /// since.
  @Test func driverStartsOnceItsConditionsAreMet() async throws {
    let kaluga = try RunningKaluga()
    func after(_ query: String) -> String { "after = ['''\(query)''']" }
    let first = shell("a", "exec sleep 1000", after("service.x { state: 'ready' }"))
    try kaluga.catalogue(
      first
        + shell("b", "exec sleep 1000", after("r'^kaluga' { driver: a, state: 'running' }")))
    try await kaluga.withKaluga { octopus in
      for kind in ["a", "b", "c"] { try await octopus.set(kaluga.device(kind, "kind: \(kind)")) }
      _ = try await octopus.instance(
        "state: waiting, driver: b, reason: r'^it waits for r.*kaluga'")
      try await octopus.set("service.x { state: 'starting' }")
      _ = try await octopus.instance("state: waiting, driver: a, reason: r'^it waits for service'")
      try await octopus.set("service.x { state: 'ready' }")
      for driver in ["a", "b"] {
        _ = try await octopus.instance("state: running, driver: \(driver)")
      }
      try kaluga.catalogue(
        shell("c", "exec sleep 1000", after("service.y")), file: "c.toml")
      _ = try await octopus.instance(
        "state: waiting, driver: c, reason: r'^it waits for service.y'")
      try await octopus.set("service.y")
      _ = try await octopus.instance("state: running, driver: c")
      // What it needed to start may go.
      try await octopus.delete("service.x")
      #expect(try await octopus.count("r'^kaluga' { state: running }") == 3)
    }
  }
}
