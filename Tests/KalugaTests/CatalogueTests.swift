import OctopusRecords
import OctopusSystem
import Testing

@testable import Kaluga

struct CatalogueTests {
  @Test func entryOfTheDocumentationIsRead() throws {
    let result = catalogue(
      #"""
      # A camera.
      [[driver]]
      name      = "usb-camera"
      match     = '''r'^hw\.usb\.device\.' { vendor: 0x04a9, device_id: _ }'''
      exec      = ["/usr/lib/drivers/camera", "--bus", "{busnum}", "--device={devnum}"]
      priority  = 10
      instances = "per-device"
      after     = ["service.storage { state: 'ready' }"]
      restart   = "on-failure"
      cpus      = [0]
      user      = "nobody"
      cwd       = "/"
      env       = { LEVEL = "3" }
      limits    = { nofile = 64, core = "infinity" }
      stop-timeout = 1.5
      notify    = true
      """#)
    #expect(result.problems.isEmpty)
    let driver = try #require(result["usb-camera"])
    #expect(driver.location.line == 2)
    #expect(driver.priority == 10 && driver.cpusAndUser == "[0] nobody")
    #expect(driver.stopMilliseconds == 1_500 && driver.launch.notifies)
    #expect(driver.launch.limits.map(\.name) == ["core", "nofile"])
    #expect(driver.after.map(\.description) == ["service.storage { state: 'ready' }"])
    let record = device("hw.usb.device.1", "/sys/x", "busnum: 3, devnum: 12")
    #expect(
      try driver.launch.exec.map { try $0.filled(from: record) }
        == ["/usr/lib/drivers/camera", "--bus", "3", "--device=12"])
  }

  @Test(arguments: [
    ("name = 3", 2, "'name' must be a string"),
    ("prioritty = 3", 5, "there is no setting 'prioritty'"),
    ("\npriority = \"high\"", 6, "'priority' must be an integer"),
    ("restart = \"sometimes\"", 5, "one of 'never', 'on-failure', 'always'"),
    ("after = [\"x {\"]", 5, "'after' is no query"),
    ("limits = { size = 3 }", 5, "no limit 'size'"),
    ("[driver.env]\nA = 3", 5, "'A' of 'env' must be a string"),
    ("cpus = [1, 99999]", 5, "'cpus' must be"),
    ("priority = = 3", 5, "value"),
    ("instances = \"one\"\nafter = 1", 6, "'after' must be an array of strings"),
    ("shadows = 0", 5, "'shadows' must be true or false"),
    ("env = { \"A=\\u0301\" = \"x\" }", 5, "of 'env' must be a string"),
    ("env = { \"\u{e9}\" = \"x\", \"e\u{301}\" = \"y\" }", 5, "of 'env' must be a string"),
  ])
  func mistakeIsReportedAndOtherEntriesAreKept(line: String, at: Int, says: String) {
    let bad =
      line.hasPrefix("name")
      ? entry("bad").replacing("name = \"bad\"", with: line) : entry("bad", line)
    let result = catalogue(bad + entry("good"))
    #expect(result.drivers.map(\.name) == ["good"])
    #expect(result.problems.count == 1)
    #expect(result.problems[0].location == SourceLocation(file: "test.toml", line: at))
    #expect(result.problems[0].message.contains(says), "\(result.problems[0])")
  }

  @Test(arguments: [
    "[[driver]]\nname = '''", "[[driver", "[[driver]]", "\0", "[[driver]]\n[[driver]]\nx", "a = 1",
    "[[driver]]\nname = \"\\ud800\"", "[[driver]]\ndriver = 1", "[driver]", "driver = 3",
    "[[driver]]\nexec = [[[[[[]]]]]]", "[[driver]]\nexec = [\"{\"]", "[[driver]]\nexec = []",
  ])
  func entryAfterABrokenOneIsKept(text: String) {
    let result = catalogue(text + "\n" + entry("good"))
    #expect(result.drivers.map(\.name) == ["good"])
    #expect(!result.problems.isEmpty)
  }

  @Test func duplicateNameAndMissingProgramAreReported() {
    let files = [
      Catalogue.File(path: "a.toml", text: ByteString(entry("camera") + entry("gone"))),
      Catalogue.File(path: "b.toml", text: ByteString("\n\n" + entry("camera") + entry("disk"))),
    ]
    let result = Catalogue(files) { $0 != "/bin/gone" }
    #expect(result.drivers.map(\.name) == ["camera", "disk"])
    #expect(
      result.problems.map(\.description) == [
        "a.toml:9: there is no program '/bin/gone'",
        "b.toml:3: a driver 'camera' stands at a.toml:1 already",
      ])
  }

  @Test func driverInForceKeepsItsNameWhenAnotherClaimsIt() {
    func read(_ files: [(String, String)], _ previous: Catalogue = Catalogue()) -> Catalogue {
      Catalogue(files.map { .init(path: $0, text: ByteString($1)) }, previous: previous) { _ in true
      }
    }
    let old = ("b.toml", entry("camera", "priority = 7"))
    let new = ("a.toml", entry("other") + entry("camera"))
    let result = read([new, old], read([old]))
    #expect(result["camera"]?.priority == 7 && result.drivers.count == 2)
    #expect(
      result.problems.map(\.description) == [
        "a.toml:6: a driver 'camera' stands at b.toml:1 already"
      ])
    #expect(read([new, old], result)["camera"]?.priority == 7)
    #expect(read([new], result)["camera"]?.priority == 0)
  }

  @Test func driversThatWaitInACircleAreReportedAndOthersKept() {
    func after(_ name: String) -> String {
      "after = ['''r'^kaluga\\.instance\\.' { driver: '\(name)', state: 'running' }''']"
    }
    let result = catalogue(
      entry("a", after("b")) + entry("b", after("c")) + entry("c", after("a"))
        + entry("behind", after("a")) + entry("self", after("self")) + entry("free"))
    #expect(result.drivers.map(\.name) == ["behind", "free"])
    #expect(
      result.problems.map(\.description).sorted()
        == [
          "test.toml:1: it waits for itself: a after b after c after a",
          "test.toml:11: it waits for itself: c after a after b after c",
          "test.toml:21: it waits for itself: self after self",
          "test.toml:6: it waits for itself: b after c after a after b",
        ].sorted())
  }

  /// One of several alternatives is enough: a driver that can start without the circle is not in
  /// it.
  @Test func driverWithAnAlternativeIsInNoCircle() {
    let any = "after = ['''r'^kaluga\\.instance\\.' { state: 'running' }''']"
    let result = catalogue(entry("a", any) + entry("b", any) + entry("free"))
    #expect(result.problems.isEmpty)
    #expect(catalogue(entry("a", any) + entry("b", any)).drivers.isEmpty)
  }

  @Test func driversOfABrokenFileStayAsTheyWere() {
    let good = catalogue(entry("a", "priority = 1") + entry("b"))
    let slip = catalogue(entry("a", "priority = ") + entry("b"), previous: good)
    #expect(slip["a"]?.priority == 1 && slip["b"] != nil && slip.problems.count == 1)
    let mended = catalogue(entry("b"), previous: slip)
    #expect(mended.drivers.map(\.name) == ["b"] && mended.problems.isEmpty)
  }

  @Test func entryThatMovesInItsFileKeepsItsMeaning() {
    let text = entry("a") + entry("bad", "cpus = 3") + entry("b")
    let before = catalogue(text)
    let moved = catalogue("\n# Three\n# lines\n" + text, previous: before)
    let anew = catalogue("\n# Three\n# lines\n" + text)
    #expect(moved.drivers == anew.drivers && moved.problems == anew.problems)
    #expect(moved["b"]?.location.line == before["b"]!.location.line + 3)
  }

  @Test func placeholderMayNameAnyAttribute() throws {
    let template = try ArgumentTemplate("--members={'members@'},{bus}")
    #expect(template.attributes == ["members@", "bus"])
    #expect(try template.filled(from: "v { 'members@': 'x', bus: 3 }") == "--members=x,3")
  }

  @Test(arguments: ["{", "}", "{}", "{a b}", "a{", "{a", "{1a}", "{'a}", "{''}", "{a@}"])
  func braces(text: String) {
    #expect(throws: ArgumentTemplate.Malformed.self) { try ArgumentTemplate(text) }
  }
}

/// What a file of the catalogue may be, though no editor should make it so.
struct CatalogueBytesTests {
  private func catalogue(_ bytes: some Sequence<UInt8>) -> Catalogue {
    Catalogue([.init(path: "test.toml", text: ByteString(bytes))]) { _ in true }
  }

  @Test func fileWithWindowsLineEndsHasAllItsDrivers() {
    let text = entry("a") + entry("bad", "cpus = 3") + entry("b", "priority = 7")
    let result = catalogue([0xef, 0xbb, 0xbf] + Array(text.replacing("\n", with: "\r\n").utf8))
    #expect(result.drivers.map(\.name) == ["a", "b"] && result["b"]?.priority == 7)
    #expect(result.problems.map(\.location.line) == [10])
  }

  @Test func entryThatIsNotUTF8IsReportedWithItsLine() {
    let bytes = Array(entry("bad", "cwd = \"/").utf8).dropLast() + [0xff] + Array("\"\n".utf8)
    let result = catalogue(bytes + Array(entry("good").utf8))
    #expect(result.drivers.map(\.name) == ["good"])
    #expect(result.problems.map(\.description) == ["test.toml:5: it is not UTF-8"])
  }

  /// Written as nobody writes them, they would be taken for a part of another entry.
  @Test(arguments: ["[[ driver ]]", "[ [driver]]", "[[\"driver\"]]"])
  func oddlyWrittenHeadingIsReported(heading: String) {
    let odd = entry("odd").replacing("[[driver]]", with: heading)
    for text in [odd + entry("good"), entry("first") + odd + entry("good")] {
      let result = catalogue(text.utf8)
      #expect(result.drivers.map(\.name) == ["good"] && !result.problems.isEmpty, "\(text)")
    }
  }

  @Test func combiningAccentAfterABraceHidesNoPlaceholder() throws {
    let template = try ArgumentTemplate("{busnum}\u{301}={{\u{301}")
    #expect(template.attributes == ["busnum"])
    let record = device("hw.a", "/sys/x", "busnum: 3")
    #expect(try template.filled(from: record) == "3\u{301}={\u{301}")
  }
}

struct ScriptTests {
  private func problems(_ exec: String) -> [String] {
    catalogue("[[driver]]\nname = \"x\"\nmatch = \"_\"\nexec = \(exec)\n").problems.map(\.message)
  }

  @Test(arguments: [
    #"["sh", "-c", "echo {devnode}"]"#, #"["/bin/bash", "-ec", "echo {devnode}"]"#,
    #"["bash", "-euo", "pipefail", "-c", "echo {devnode}"]"#, #"["dash", "-c", "--", "{devnode}"]"#,
    #"["zsh", "-f", "-c", "x", "{devnode}", "sh", "-c", "{devnode}"]"#,
    #"["env", "A=b", "sh", "-c", "echo {devnode}"]"#, #"["env", "-S", "sh -c {devnode}"]"#,
    #"["env", "-Ssh -c {devnode}"]"#, #"["nice", "-n", "3", "ksh", "-xc", "{devnode}"]"#,
    #"["busybox", "ash", "-c", "{devnode}"]"#, #"["sh", "-{devnode}", "x"]"#,
    #"["python3.11", "-Ic", "print('{devnode}')"]"#, #"["perl", "-we", "print '{devnode}'"]"#,
    #"["fish", "--command=echo {devnode}"]"#, #"["node", "--eval", "{devnode}"]"#,
    #"["bash-static", "-c", "{devnode}"]"#, #"["nodejs", "-e", "{devnode}"]"#,
    #"["perl5.36-x86_64-linux-gnu", "-e", "{devnode}"]"#, #"["pwsh", "-Command", "{devnode}"]"#,
    #"["python3-dbg", "-c", "{devnode}"]"#, #"["runuser", "-c", "echo {devnode}"]"#,
  ])
  func placeholderInAScriptIsRefused(exec: String) {
    #expect(problems(exec).first?.contains("'{devnode}' stands in a script") ?? false, "\(exec)")
  }

  @Test(arguments: [
    #"["sh", "-c", 'echo "$1"', "sh", "{devnode}"]"#, #"["sh", "driver.sh", "-c", "{devnode}"]"#,
    #"["bash", "-o", "pipefail", "-c", "x", "{devnode}"]"#,
    #"["python3", "-u", "d.py", "{devnode}"]"#,
    #"["env", "PATH=/bin", "driver", "{devnode}"]"#, #"["driver", "-c", "{devnode}"]"#,
    #"["sh", "-c", "awk '{{print}}'"]"#, #"["perl", "-w", "d.pl", "-e", "{devnode}"]"#,
  ])
  func placeholderInAnArgumentIsAccepted(exec: String) {
    #expect(problems(exec) == [])
  }

  @Test func placeholderAsTheProgramIsRefused() {
    #expect(problems(#"["{devnode}"]"#) == ["the program cannot be a device's '{devnode}'"])
  }
}

extension Driver {
  fileprivate var cpusAndUser: String { "\(launch.cpus) \(launch.user ?? "")" }
}
