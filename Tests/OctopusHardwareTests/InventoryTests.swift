import Generators
import OctopusRecords
// What is published, against a kernel that is far ahead of what its events tell, forgets some of them, and
// moves devices about.
import OctopusSystem
import Testing

@testable import OctopusHardware

@Suite struct InventoryTests {
  @Test(arguments: [1, 3, 40], [(false, false), (false, true), (true, false), (true, true)])
  func whatIsPublishedIsWhatIsThere(lag: Int, _ kernel: (forgets: Bool, moves: Bool)) {
    for _ in 0..<60 {
      var world = World(Random(), lag: lag, forgets: kernel.forgets, moves: kernel.moves)
      world.scan()
      for _ in 0..<400 { world.step() }
      world.settle()
      world.check()
      // Nobody has seen a device under two names. When one comes where another was that has moved
      // elsewhere, and that has not been told, the other may be published anew.
      for (inode, names) in world.history where !kernel.moves {
        #expect(names.count == 1, "seed \(world.seed): \(inode) was \(names)")
      }
    }
  }

  /// A stand-in of a kernel, as tests have it, loses no events, but does not tell the number of the
  /// last: some devices are published again, but in the end all is as it should be.
  @Test(arguments: [1, 3, 40]) func withoutNumbersToo(lag: Int) {
    for _ in 0..<60 {
      var world = World(Random(), lag: lag, forgets: false, moves: false, tells: false)
      world.scan()
      for _ in 0..<400 { world.step() }
      world.settle()
      world.check()
    }
  }

  @Test func aChangeIsToldEvenIfNoAttributeHasChanged() {
    var inventory = Inventory()
    let device = Device(syspath: "/sys/a", inode: 1, family: "hw.a.")
    #expect(inventory.scanned([Sighting(device, asOf: 3)], after: 3) == [.publish("/sys/a")])
    inventory.publish("/sys/a", as: "hw.a.0")
    let change = KernelEvent(.change, "/sys/a", number: 4)
    #expect(inventory.happened(change, Sighting(device, asOf: 5)) == [.renew("/sys/a")])
    // What was seen already is not told again.
    #expect(!inventory.needsSighting(KernelEvent(.change, "/sys/a", number: 5)))
    let bind = KernelEvent(.other, "/sys/a", number: 6)
    #expect(inventory.happened(bind, Sighting(device, asOf: 6)) == [])
    #expect(inventory.scanned([Sighting(device, asOf: 7)], after: 7) == [])
  }

  @Test func whatWentBeforeItWasSeenIsToldAllTheSame() {
    var inventory = Inventory()
    _ = inventory.scanned([], after: 0)
    let gone = Device(syspath: "/sys/a", inode: nil, family: "hw.a.")
    let add = KernelEvent(.add, "/sys/a", number: 1)
    #expect(inventory.happened(add, Sighting(gone, asOf: 1)) == [.publish("/sys/a")])
    inventory.publish("/sys/a", as: "hw.a.0")
    let remove = KernelEvent(.remove, "/sys/a", number: 2)
    #expect(inventory.happened(remove, nil) == [.withdraw("hw.a.0")])
  }

  /// Their paths print the same.
  @Test func placesThatDifferInBytesAreDifferentDevices() throws {
    let places: [ByteString] = [
      "/sys/é", "/sys/e\u{301}", ByteString("/sys/".utf8 + [0xff]),
      ByteString("/sys/".utf8 + [0xfe]),
    ]
    var inventory = Inventory()
    let sightings = places.enumerated().map { index, place in
      Sighting(Device(syspath: place, inode: UInt64(index), family: "hw."), asOf: 0)
    }
    #expect(inventory.scanned(sightings, after: 0) == places.map { .publish($0) })
    let records = try sightings.map { try $0.device.record(named: "d", parent: nil) }
    #expect(Set(records.map { $0["syspath"] }).count == 4)
    #expect(inventory.happened(KernelEvent(.remove, places[1], number: 1), nil) == [])
    #expect(Set(inventory.entries.keys) == [places[0], places[2], places[3]])
  }

  @Test func devicesThatChangePlacesKeepTheirRecords() {
    func device(_ place: ByteString, _ inode: UInt64) -> Device {
      Device(syspath: place, inode: inode, family: "hw.")
    }
    var inventory = Inventory()
    _ = inventory.scanned(
      [Sighting(device("/a", 1), asOf: 0), Sighting(device("/b", 2), asOf: 0)], after: 0)
    inventory.publish("/a", as: "one")
    inventory.publish("/b", as: "two")
    // Each is seen only after it has moved on.
    for (number, old, new, inode) in [(1, "/a", "/c", nil), (2, "/b", "/a", 2), (3, "/c", "/b", 1)]
      as [(UInt64, ByteString, ByteString, UInt64?)]
    {
      let seen = Device(syspath: new, inode: inode, family: "hw.")
      let actions = inventory.happened(
        KernelEvent(.move(from: old), new, number: number), Sighting(seen, asOf: number))
      #expect(actions == (inode == nil ? [] : [.renew(new)]))
    }
    #expect(inventory.entries.mapValues(\.name) == ["/a": "two", "/b": "one"])
    let back = [Sighting(device("/a", 1), asOf: 9), Sighting(device("/b", 2), asOf: 9)]
    #expect(inventory.scanned(back, after: 9) == [.renew("/a"), .renew("/b")])
    #expect(inventory.entries.mapValues(\.name) == ["/a": "one", "/b": "two"])
  }
}

/// A kernel with devices, the queue of its events, a server with records, and the inventory between.
private struct World {
  let seed: UInt64
  private var random: Random
  private let lag: Int
  /// Whether the queue holds few events.
  private let forgets: Bool
  /// Whether devices move.
  private let moves: Bool
  /// Whether the kernel tells the number of its last event.
  private let tells: Bool

  private var devices: [ByteString: (inode: UInt64, value: Int64)] = [:]
  private var queue: [KernelEvent] = []
  private var hasLost = false
  private var lastEvent: UInt64 = 0
  private var lastInode: UInt64 = 0

  private var inventory = Inventory()
  private var records: [String: Device] = [:]
  private var count = 0
  /// The names that each inode has had.
  private(set) var history: [UInt64: Set<String>] = [:]

  init(_ random: Random, lag: Int, forgets: Bool, moves: Bool, tells: Bool = true) {
    (self.random, self.lag, self.forgets, self.tells) = (random, lag, forgets, tells)
    self.moves = moves
    seed = random.seed
    for place in Self.places.prefix(3) { devices[place] = (makeInode(), 0) }
  }

  private static let places = (0..<6).map { ByteString("/sys/devices/\($0)") }

  private mutating func makeInode() -> UInt64 {
    lastInode += 1
    return lastInode
  }

  mutating func step() {
    if Int.random(in: 0...lag, using: &random) > 0 { happen() } else { follow() }
  }

  private mutating func happen() {
    let place = Self.places.randomElement(using: &random)!
    guard let device = devices[place] else {
      devices[place] = (makeInode(), 0)
      return tell(.add, place)
    }
    let free = Self.places.filter { devices[$0] == nil }
    switch Int.random(in: 0..<4, using: &random) {
    case 0:
      devices[place] = nil
      tell(.remove, place)
    case 1 where moves && !free.isEmpty:
      let new = free.randomElement(using: &random)!
      devices[place] = nil
      devices[new] = device
      tell(.move(from: place), new)
    case 2:
      tell(.change, place)
    default:
      devices[place]!.value += 1
      tell(.other, place)
    }
  }

  private mutating func tell(_ kind: KernelEvent.Kind, _ place: ByteString) {
    lastEvent += 1
    if forgets, queue.count >= 8 {
      hasLost = true
    } else {
      queue.append(KernelEvent(kind, place, number: lastEvent))
    }
  }

  /// Now and then all that is queued, mostly a little.
  private mutating func follow() {
    for _ in 0..<Int.random(in: 1...4, using: &random) where !queue.isEmpty { receive() }
    if hasLost, queue.isEmpty || Bool.random(using: &random) {
      hasLost = false
      scan()
    }
    if Int.random(in: 0..<20, using: &random) == 0 { scan() }
  }

  mutating func settle() {
    while !queue.isEmpty { receive() }
    if hasLost { scan() }
  }

  private mutating func receive() {
    let event = queue.removeFirst()
    let told = Device(syspath: event.syspath, inode: nil, family: "hw.")
    let sighting =
      inventory.needsSighting(event)
      ? look(event.syspath, event) ?? Sighting(told, asOf: event.number) : nil
    perform(inventory.happened(event, sighting))
  }

  mutating func scan() {
    perform(
      inventory.scanned(
        Self.places.compactMap { look($0, nil) }, after: tells ? lastEvent : 0))
  }

  private func look(_ place: ByteString, _ event: KernelEvent?) -> Sighting? {
    guard let device = devices[place] else { return nil }
    return Sighting(
      Device(
        syspath: place, inode: device.inode, family: "hw.",
        attributes: ["value": .integer(device.value)]),
      asOf: max(tells ? lastEvent : 0, event?.number ?? 0))
  }

  private mutating func perform(_ actions: [Inventory.Action]) {
    for action in actions {
      switch action {
      case .publish(let place):
        let name = "hw.\(count)"
        count += 1
        inventory.publish(place, as: name)
        records[name] = inventory.entries[place]!.device
        note(name)
      case .renew(let place):
        let entry = inventory.entries[place]!
        #expect(records[entry.name!] != nil, "seed \(seed)")
        records[entry.name!] = entry.device
        note(entry.name!)
      case .withdraw(let name):
        #expect(records.removeValue(forKey: name) != nil, "seed \(seed)")
      }
    }
    #expect(inventory.devices(below: ["/sys/devices"]) == inventory.entries.keys.sorted())
    #expect(inventory.devices(below: ["/sys/devices/1", "/sy"]) == [])
    let inodes = records.values.compactMap(\.inode)
    #expect(Set(inodes).count == inodes.count, "seed \(seed): a device has two records")
  }

  private mutating func note(_ name: String) {
    if let inode = records[name]?.inode { history[inode, default: []].insert(name) }
  }

  func check() {
    let expected = Self.places.compactMap { look($0, nil)?.device }
    #expect(records.values.sorted { $0.syspath < $1.syspath } == expected, "seed \(seed)")
  }
}
