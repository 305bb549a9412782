import Generators
import OctopusRecords
import Testing

@testable import Kaluga

/// Long random histories: devices, catalogues, processes and octopusd come and go, Kaluga is
/// killed; and whenever the world comes to rest, what runs is what a naive look at everything says.
struct ReconcilerHistoryTests {
  @Test(arguments: 0..<4)
  func processesConvergeToTheReferenceModel(part: Int) {
    var random = Random()
    print("seed \(random.seed) of part \(part)")
    for _ in 0..<30 { history(UInt64.random(in: 0...UInt64.max, using: &random)) }
  }

  private func history(_ seed: UInt64) {
    var random = Random(seed: seed)
    var world = SimulatedWorld(Self.catalogue(&random))
    world.connect()
    for _ in 0..<4 {
      for _ in 0..<40 { Self.happen(in: &world, &random) }
      if !world.isConnected { world.connect() }
      // The record that counts is the last that was set.
      for (name, record) in world.records.sorted(by: { $0.key < $1.key })
      where world.records[name] != nil {
        let id = DeviceID(record)!
        for other in world.records.values.filter({ DeviceID($0) == id && $0.name != name }) {
          world.remove(other.name, exists: true)
        }
      }
      world.setAll()
      world.calm()
      world.expectCalm(seed)
    }
  }

  private static func happen(in world: inout SimulatedWorld, _ random: inout Random) {
    let number = world.processes.keys.sorted().randomElement(using: &random)
    let known = world.saved.keys.sorted().randomElement(using: &random)
    switch Int.random(in: 0..<18, using: &random) {
    case 0...3: world.set(record(&random))
    case 4, 5:
      if let name = world.records.keys.sorted().randomElement(using: &random) {
        world.remove(name, exists: Bool.random(using: &random))
      }
    case 6: if world.isConnected { world.disconnect() } else { world.connect() }
    case 7: world.read(catalogue(&random))
    case 8:
      world.setCondition(conditions.randomElement(using: &random)!, Bool.random(using: &random))
    case 9:
      if let number { world.step(.started(number, process: Int32(number + 100))) }
    case 10:
      if let number {
        world.processes[number]!.isReady = true
        world.step(.ready(number))
      }
    case 11, 12:
      let endings: [Ending] = [.status(0), .status(256), .status(9), .unknown, .unstartable("no")]
      if let number { world.end(number, endings.randomElement(using: &random)!) }
    case 13: world.pass([10, 300, 6_000, 40_000].randomElement(using: &random)!)
    case 14: world.killKaluga()
    case 15:
      if let id = world.reconciler.orphaned.sorted().randomElement(using: &random) {
        world.step(.vanished(id))
      }
    case 16:
      let known = Set(world.records.values.compactMap { DeviceID($0) }).sorted()
      if let id = known.randomElement(using: &random) {
        if Int.random(in: 0..<3, using: &random) == 0 {
          world.absent.remove(id)
        } else {
          world.absent.insert(id)
        }
        if Bool.random(using: &random) { world.setAll() }
      }
    default:
      guard let known else { return }
      let commands: [Input] = [.stop(known), .start(known), .restart(known)]
      world.step(commands.randomElement(using: &random)!)
    }
  }

  private static let conditions: [Query] = ["service.a", "_ { ready: true }"]

  private static func record(_ random: inout Random) -> Record {
    let place = Int.random(in: 0..<6, using: &random)
    // One place has different devices one after the other.
    let inode = Int.random(in: 0..<3, using: &random) == 0 ? 2 : 1
    let name = "hw.x.\(Int.random(in: 0..<8, using: &random))"
    return device(
      name, "/sys/devices/\(place)", inode: Int64(inode),
      "vendor: \(Int.random(in: 0..<4, using: &random)), modalias: 'x:v\(place % 3)d0'")
  }

  private static func catalogue(_ random: inout Random) -> Catalogue {
    var text = ""
    for name in ["a", "b", "c", "d", "e"] where Int.random(in: 0..<4, using: &random) > 0 {
      let match = ["r'^hw'", "_ { vendor: 1 }", "_ { vendor >= 2 }", "hw.x.3"]
      var more = ["priority = \(Int.random(in: 0..<3, using: &random))"]
      if Int.random(in: 0..<3, using: &random) == 0 { more.append("shadows = false") }
      if Bool.random(using: &random) { more.append("modalias = \"x:v[0-1]d*\"") }
      if Int.random(in: 0..<3, using: &random) == 0 { more.append("instances = \"one\"") }
      if Int.random(in: 0..<3, using: &random) == 0 {
        more.append("after = ['''\(conditions.randomElement(using: &random)!)''']")
      }
      let restart = ["never", "on-failure", "always"].randomElement(using: &random)!
      more.append("restart = \"\(restart)\"")
      if Int.random(in: 0..<5, using: &random) == 0 { more.append("cpus = [1]") }
      text += entry(
        name, match: match.randomElement(using: &random)!, more.joined(separator: "\n"))
    }
    return KalugaTests.catalogue(text)
  }
}
