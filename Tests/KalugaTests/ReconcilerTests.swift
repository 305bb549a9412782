import OctopusRecords
import Testing

@testable import Kaluga

/// What happens to one driver and one device, step by step.
struct ReconcilerTests {
  private func world(_ text: String) -> SimulatedWorld {
    var world = SimulatedWorld(catalogue(text))
    world.connect()
    return world
  }

  private let mouse = device("hw.usb.device.1", "/sys/mouse", "busnum: 2")

  @Test func driverStartsAndStopsWithItsDevice() {
    var world = world(entry("mouse", "cwd = \"/\""))
    world.set(mouse)
    #expect(world.processes.keys.sorted() == [0])
    #expect(world.state(0) == "starting")
    world.step(.started(0, process: 42))
    world.step(.ready(0))
    #expect(
      world.published["kaluga.instance.0"]?.description
        == "kaluga.instance.0 { device: 'hw.usb.device.1', driver: 'mouse', pid: 42, "
        + "restarts: 0, since: 1000, state: running, syspath: '/sys/mouse' }")
    world.remove("hw.usb.device.1", exists: false)
    #expect(world.state(0) == "stopping" && world.processes[0]!.isTerminated)
    world.end(0, .status(15))
    #expect(world.published.isEmpty && world.saved.isEmpty)
  }

  @Test func driverThatIgnoresSIGTERMIsKilled() {
    var world = world(entry("mouse", "stop-timeout = 2"))
    world.set(mouse)
    world.remove("hw.usb.device.1", exists: false)
    world.pass(1_999)
    #expect(!world.processes[0]!.isKilled)
    world.pass(1)
    #expect(world.processes[0]!.isKilled)
  }

  @Test func driverIsKeptForTheGracePeriodIfOnlyTheRecordGoes() {
    var world = world(entry("mouse"))
    world.set(mouse)
    world.remove("hw.usb.device.1", exists: true)
    world.pass(4_999)
    #expect(!world.processes[0]!.isTerminated)
    // The same under another name.
    world.set(device("hw.usb.device.9", "/sys/mouse", "busnum: 2"))
    world.pass(60_000)
    #expect(!world.processes[0]!.isTerminated && world.starts == 1)
    #expect(world.published["kaluga.instance.0"]?["device"]?.text == "hw.usb.device.9")
    world.remove("hw.usb.device.9", exists: true)
    world.pass(5_000)
    #expect(world.processes[0]!.isTerminated)
  }

  /// The kernel says that it goes a moment before it is gone.
  @Test func deviceThatGoesInTheGracePeriodLosesItsDriver() {
    var world = world(entry("mouse"))
    world.set(mouse)
    let id = DeviceID(mouse)!
    world.step(.vanished(id))
    #expect(!world.processes[0]!.isTerminated, "its record says that it is there")
    world.remove("hw.usb.device.1", exists: true)
    #expect(world.reconciler.orphaned == [id])
    world.step(.vanished(id))
    #expect(world.processes[0]!.isTerminated && world.reconciler.orphaned == [])
  }

  /// Another one in the same place has another inode.
  @Test func deviceWithAnotherInodeAtTheSamePathIsAnother() {
    var world = world(entry("mouse"))
    world.set(mouse)
    world.set(device("hw.usb.device.1", "/sys/mouse", inode: 2))
    #expect(world.processes[0]!.isTerminated && world.starts == 2)
  }

  @Test func driversRunOnWhileThereIsNoServer() {
    var world = world(entry("mouse"))
    world.set(mouse)
    world.disconnect()
    world.pass(600_000)
    world.records = [:]
    world.connect()
    world.pass(4_999)
    #expect(!world.processes[0]!.isTerminated)
    world.pass(1)
    #expect(world.processes[0]!.isTerminated)
  }

  /// The first device at another server gets the lowest number there.
  @Test func devicesThatComeBackUnderSwappedNamesKeepTheirDrivers() {
    var world = world(entry("mouse"))
    world.set(mouse)
    world.set(device("hw.usb.device.2", "/sys/keyboard", inode: 2))
    world.disconnect()
    world.records = [:]
    world.connect()
    world.set(device("hw.usb.device.1", "/sys/keyboard", inode: 2))
    world.pass(1_000)
    world.set(device("hw.usb.device.2", "/sys/mouse", "busnum: 2"))
    world.pass(60_000)
    #expect(world.starts == 2 && !world.processes.values.contains { $0.isTerminated })
  }

  @Test func delaysBetweenRestartsDouble() {
    var world = world(entry("mouse"))
    world.set(mouse)
    var waits: [Int64] = []
    for _ in 0..<11 {
      world.end(0, .status(256))
      #expect(world.state(0) == "backing-off")
      let before = world.now
      while world.processes[0] == nil {
        world.now = world.reconciler.nextDeadline!
        world.step(.time)
      }
      waits.append(world.now - before)
    }
    #expect(
      waits == [100, 200, 400, 800, 1_600, 3_200, 6_400, 12_800, 25_600, 30_000, 30_000])
    world.step(.ready(0))
    world.pass(10_000)
    world.end(0, .status(256))
    #expect(world.reconciler.nextDeadline! - world.now == 100)
  }

  @Test(arguments: [
    ("never", 0, "done"), ("never", 256, "failed"), ("on-failure", 0, "done"),
    ("on-failure", 9, "backing-off"), ("always", 0, "backing-off"),
  ])
  func restartPolicyDecidesTheStateAfterAnEnd(restart: String, status: Int32, state: String) {
    var world = world(entry("mouse", "restart = \"\(restart)\""))
    world.set(mouse)
    world.end(0, .status(status))
    #expect(world.state(0) == state)
    world.killKaluga()
    world.connect()
    // What waits for its turn need not wait once more.
    #expect(world.state(0) == (state == "backing-off" ? "starting" : state))
    world.step(.start(0))
    #expect(world.state(0) == "starting")
  }

  @Test func driverStartsOnceItsConditionsAreMet() {
    var world = world(entry("mouse", "after = [\"service.x\"]"))
    world.set(mouse)
    #expect(world.state(0) == "waiting" && world.starts == 0)
    #expect(world.published["kaluga.instance.0"]?["reason"]?.text == "it waits for service.x {}")
    world.setCondition("service.x", true)
    #expect(world.state(0) == "starting")
    world.setCondition("service.x", false)
    #expect(!world.processes[0]!.isTerminated)
  }

  @Test func betterDriverStartsOnceTheOtherHasEnded() {
    var world = world(entry("plain"))
    world.set(mouse)
    world.read(catalogue(entry("plain") + entry("better", "priority = 1")))
    #expect(world.processes[0]!.isTerminated && world.starts == 1)
    #expect(world.published["kaluga.instance.1"]?["reason"]?.text == "plain still has the device")
    world.end(0, .status(15))
    #expect(world.processes.keys.sorted() == [1])
  }

  @Test func onlyAChangedLaunchRestartsADriver() {
    var world = world(entry("mouse"))
    world.set(mouse)
    world.read(catalogue("# moved\n" + entry("mouse", "priority = 3")))
    #expect(!world.processes[0]!.isTerminated)
    world.read(catalogue(entry("mouse", "cwd = \"/tmp\"")))
    #expect(world.processes[0]!.isTerminated)
    world.end(0, .status(15))
    #expect(world.processes[0]?.request.order.values(of: "directory") == ["/tmp"])
  }

  @Test func oneProcessGetsAllDevices() {
    var world = world(entry("all", "instances = \"one\""))
    world.set(mouse)
    world.set(device("hw.usb.device.2", "/sys/keyboard"))
    #expect(world.processes.count == 1)
    #expect(world.published["kaluga.instance.0"]?["devices"]?.integer == 2)
    #expect(
      world.published["kaluga.assignment.0.1"]?.description == "kaluga.assignment.0.1 "
        + "{ device: 'hw.usb.device.2', driver: 'all', instance: 'kaluga.instance.0' }")
    world.remove("hw.usb.device.1", exists: false)
    #expect(world.published["kaluga.assignment.0.0"] == nil && !world.processes[0]!.isTerminated)
    world.killKaluga()
    world.connect()
    #expect(world.starts == 1 && world.published["kaluga.instance.0"]?["devices"]?.integer == 1)
    world.remove("hw.usb.device.2", exists: false)
    world.pass(5_000)
    #expect(world.processes[0]!.isTerminated)
  }

  @Test func stopAndStartCommandsHoldAndRelease() {
    var world = world(entry("mouse"))
    world.set(mouse)
    world.step(.stop(0))
    world.end(0, .status(15))
    #expect(world.state(0) == "waiting")
    world.killKaluga()
    world.connect()
    world.pass(60_000)
    #expect(world.starts == 1)
    world.step(.start(0))
    #expect(world.starts == 2)
    world.step(.restart(0))
    world.end(0, .status(15))
    #expect(world.starts == 3)
  }

  @Test func missingAttributeIsTheReasonOfTheFailure() {
    var world = world(
      "[[driver]]\nname = \"x\"\nmatch = \"r'^hw'\"\nexec = [\"/bin/x\", \"{devnum}\"]")
    world.set(mouse)
    #expect(world.state(0) == "failed")
    #expect(
      world.published["kaluga.instance.0"]?["reason"]?.text
        == "the device has no attribute 'devnum'")
  }

  @Test func nextKalugaKeepsAllProcessesAndStartsNoneTwice() {
    var world = world(entry("a", match: "hw.usb.device.1") + entry("b", match: "hw.usb.device.2"))
    world.set(mouse)
    world.set(device("hw.usb.device.2", "/sys/keyboard"))
    world.killKaluga()
    world.read(catalogue(entry("a", match: "hw.usb.device.1")))
    world.connect()
    #expect(world.starts == 2)
    #expect(!world.processes[0]!.isTerminated && world.processes[1]!.isTerminated)
  }
}

extension SimulatedWorld {
  fileprivate func state(_ number: Int) -> String? {
    published[InstanceRecord.name(number)]?["state"]?.text
  }
}
