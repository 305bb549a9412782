import OctopusRecords
import Testing

@testable import Kaluga

/// Which drivers a device gets: none if it is not there or says what no argument may be, several if
/// some shadow none.
struct ReconcilerChoiceTests {
  private func world(_ text: String) -> SimulatedWorld {
    var world = SimulatedWorld(catalogue(text))
    world.connect()
    return world
  }

  private let mouse = device("hw.usb.device.1", "/sys/mouse", "busnum: 2")

  @Test func deviceThatIsNotInSysfsGetsNoDriver() {
    var world = world(entry("mouse") + entry("all", "shadows = false\ninstances = \"one\""))
    world.absent = [DeviceID(mouse)!]
    world.set(mouse)
    world.set(mouse)
    world.pass(60_000)
    #expect(world.starts == 0 && world.published.isEmpty)
    #expect(world.reports == ["mouse is not started for hw.usb.device.1: it is not there"])
    #expect(
      world.reconciler.explain(DeviceID(mouse)!) == [
        "hw.usb.device.1  /sys/mouse", "No driver is started for it: it is not there.",
        "- mouse (test.toml:1): matches it", "- all (test.toml:6): matches it",
      ])
    world.absent = []
    world.set(mouse)
    #expect(world.starts == 2)
  }

  @Test func deviceThatLeavesSysfsBeforeARestartGetsNoDriver() {
    var world = world(entry("mouse"))
    world.set(mouse)
    world.absent = [DeviceID(mouse)!]
    world.end(0, .status(256))
    world.pass(60_000)
    #expect(world.starts == 1 && world.published.isEmpty && world.saved.isEmpty)
    #expect(world.reports == ["mouse is not started for hw.usb.device.1: it is not there"])
  }

  @Test func longTextOfCombiningAccentsIsCutAndPublished() {
    var world = world(entry("mouse"))
    let place = "/sys/e" + String(repeating: "\u{301}", count: 500_000)
    world.set(device("hw.usb.long", place))
    let published = world.published["kaluga.instance.0"]?["syspath"]?.text
    #expect(published?.utf8.count == 4_096 && place.utf8.starts(with: published!.utf8))
  }

  /// They print the same.
  @Test func devicesAndRecordsThatDifferInBytesAreDifferent() {
    var world = world(entry("mouse"))
    world.set(device("'hw.é'", "/sys/é"))
    world.set(device("'hw.e\u{301}'", "/sys/e\u{301}"))
    #expect(world.starts == 2)
    world.remove("hw.é", exists: false)
    #expect(world.processes.values.map(\.isTerminated).sorted { !$0 && $1 } == [false, true])
    #expect(!world.processes[1]!.isTerminated)
  }

  @Test func driverThatShadowsNoneRunsBesideTheBest() {
    var world = world(
      entry("best", "priority = 1") + entry("second") + entry("beside", "shadows = false")
        + entry("many", "shadows = false\ninstances = \"one\"\npriority = 9"))
    world.set(mouse)
    #expect(
      Set(world.processes.values.map(\.key.driver)) == ["best", "beside", "many"])
    for number in world.processes.keys.sorted() { world.step(.started(number, process: 7)) }
    let lines = world.reconciler.explain(DeviceID(mouse)!)
    #expect(
      lines.dropFirst().map { String($0.prefix { $0 != "(" }) } == [
        "+ many ", "+ best ", "- second ", "+ beside ",
      ])
    #expect(lines[3].hasSuffix("shadowed by best, priority 1 over 0"))
    // They come and go each by itself.
    world.read(
      catalogue(
        entry("second") + entry("beside", "shadows = false")
          + entry("more", "shadows = false\npriority = -3")))
    let ending = world.processes.filter(\.value.isTerminated).map(\.value.key.driver).sorted()
    #expect(ending == ["best", "many"])
    #expect(world.processes.values.contains { $0.key.driver == "more" })
    #expect(!world.processes.values.contains { $0.key.driver == "second" })
    for number in world.processes.keys.sorted() where world.processes[number]!.isTerminated {
      world.end(number, .status(15))
    }
    #expect(Set(world.processes.values.map(\.key.driver)) == ["second", "beside", "more"])
  }

  @Test func valueThatWouldBeTakenForAnOptionIsRefused() {
    let evil = device("hw.usb.device.1", "/sys/mouse", "devnode: '--exec=evil'")
    func reason(_ arguments: String) -> String? {
      var world = world("[[driver]]\nname = \"x\"\nmatch = \"r'^hw'\"\nexec = \(arguments)")
      world.set(evil)
      return world.published["kaluga.instance.0"]?["reason"]?.text
    }
    #expect(
      reason(#"["/bin/x", "{devnode}"]"#)
        == "the device's 'devnode' begins with '-' and would be taken for an option")
    for arguments in [#"["/bin/x", "--of={devnode}"]"#, #"["/bin/x", "--", "{devnode}"]"#] {
      #expect(reason(arguments) == nil, "\(arguments)")
    }
  }
}
