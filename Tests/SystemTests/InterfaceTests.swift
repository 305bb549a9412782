import Glibc
import Octopus
import Testing

/// Real events of the kernel: pairs of virtual network interfaces, in bursts.
@Suite(.timeLimit(.minutes(5))) struct InterfaceTests {
  private static let all: Query = "r'^hw\\.net\\.interface\\.' { interface: r'^o[0-9]' }"
  private static let patience = Duration.seconds(SystemTests.patience)

  @Test(.enabled(if: Interfaces.isAllowed, "this machine lets nobody make network interfaces"))
  func eachInterfaceOfABurstIsPublishedOnce() async throws {
    let interfaces = try await Interfaces()
    let octopus = interfaces.octopus
    var changes = try await octopus.observe(Self.all).changes.makeAsyncIterator()
    for round in 0..<2 {
      interfaces.make(0..<150)
      var records: [String: Record] = [:]
      while records.count < 300 {
        let change = try #require(try await changes.next())
        #expect(change.kind == .set && change.previous == nil, "\(change)")
        let name = try #require(change.record["interface"]?.text)
        #expect(records.updateValue(change.record, forKey: name) == nil, "round \(round): \(name)")
      }
      #expect(Set(records.values.map { $0["ifindex"]?.integer }).count == 300)
      #expect(Set(records.values.map { $0["devinode"]?.integer }).count == 300)

      interfaces.unmakeAll()
      for _ in 0..<300 {
        let change = try #require(try await changes.next())
        #expect(change.kind == .deleted)
        let name = try #require(change.record["interface"]?.text)
        #expect(records.removeValue(forKey: name) == change.record)
      }
    }
    #expect(try await octopus.count(Self.all) == 0)
    withExtendedLifetime(interfaces) {}
  }

  /// They are gone before they can be looked at.
  @Test(.enabled(if: Interfaces.isAllowed, "this machine lets nobody make network interfaces"))
  func shortLivedInterfacesArePublished() async throws {
    let interfaces = try await Interfaces()
    var changes = try await interfaces.octopus.observe(Self.all).changes.makeAsyncIterator()
    for number in 0..<120 {
      interfaces.make(number..<number + 1)
      interfaces.unmake(number..<number + 1)
    }
    // Its event is the last.
    interfaces.make(999..<1_000)
    var records: [String: String] = [:]
    var count = 0
    while let change = try await changes.next(), Self.number(change.record) != 999 {
      count += 1
      let name = try #require(change.record["interface"]?.text)
      if change.kind == .deleted {
        #expect(records.removeValue(forKey: change.record.name) == name)
      } else {
        #expect(change.previous == nil)
        records[change.record.name] = name
      }
    }
    #expect(count == 480)
    #expect(records.isEmpty)
    let here = try await interfaces.octopus.find(Self.all)
    #expect(here.allSatisfy { Self.number($0) == 999 })
    withExtendedLifetime(interfaces) {}
  }

  /// What the events tell is long past, and their names say another by now.
  @Test(.enabled(if: Interfaces.isAllowed, "this machine lets nobody make network interfaces"))
  func lastOfManyInterfacesWithOneNameStays() async throws {
    let interfaces = try await Interfaces()
    let octopus = interfaces.octopus
    kill(interfaces.program, SIGSTOP)
    for round in 0..<20 {
      if round > 0 { interfaces.unmake(0..<1) }
      interfaces.make(0..<1)
    }
    let index = try await interfaces.index(of: "o0l")
    var changes = try await octopus.observe(Self.all).changes.makeAsyncIterator()
    kill(interfaces.program, SIGCONT)
    interfaces.make(999..<1_000)
    try await octopus.waitFor("_ { interface: 'o999r' }", timeout: Self.patience)
    let found = try await octopus.find("_ { interface: 'o0l' }")
    #expect(found.count == 1 && found.first?["ifindex"]?.integer == index)
    // It has had this record from the start.
    while let change = try await changes.next(), change.record["interface"] != "o999r" {
      #expect(change.kind == .set && change.previous == nil, "\(change)")
    }
    withExtendedLifetime(interfaces) {}
  }

  @Test(.enabled(if: Interfaces.isAllowed, "this machine lets nobody make network interfaces"))
  func renamedInterfaceKeepsItsRecord() async throws {
    let interfaces = try await Interfaces()
    let octopus = interfaces.octopus
    interfaces.make(0..<1)
    let (left, right) = (
      try await octopus.waitFor("_ { interface: 'o0l' }", timeout: Self.patience),
      try await octopus.waitFor("_ { interface: 'o0r' }", timeout: Self.patience)
    )
    // They swap their names.
    for (old, new) in [("o0l", "o0x"), ("o0r", "o0l"), ("o0x", "o0r")] {
      interfaces.tell("link set dev \(old) name \(new)")
    }
    let name = left.name
    let renamed = try await octopus.waitFor(
      "\(name) { interface: 'o0r' }", timeout: Self.patience)
    #expect(renamed["devinode"] == left["devinode"] && renamed["ifindex"] == left["ifindex"])
    #expect(renamed["syspath"]?.text?.hasSuffix("/o0r") == true)
    let other = right.name
    try await octopus.waitFor("\(other) { interface: 'o0l' }", timeout: Self.patience)
    #expect(try await octopus.count(Self.all) == 2)
    withExtendedLifetime(interfaces) {}
  }

  /// The kernel takes nearly any bytes for a name.
  @Test(.enabled(if: Interfaces.isAllowed, "this machine lets nobody make network interfaces"))
  func namesThatDifferOnlyInBytesAreDifferentInterfaces() async throws {
    let interfaces = try await Interfaces()
    let octopus = interfaces.octopus
    let names: [([UInt8], String)] = [
      ([0x6f, 0xff], "o\\xff"), ([0x6f, 0xfe], "o\\xfe"), (Array("o\u{e9}".utf8), "o\u{e9}"),
      (Array("oe\u{301}".utf8), "oe\u{301}"), (Array("o\\xff".utf8), "o\\x5cxff"),
    ]
    for (number, name) in names.enumerated() {
      interfaces.tell(
        Array("link add ".utf8) + name.0 + " group 17 type veth peer name o\(number)r".utf8)
    }
    for (_, text) in names {
      let record = try await octopus.waitFor(
        "_ { interface: \(text), syspath: \("/sys/devices/virtual/net/" + text) }",
        timeout: Self.patience)
      #expect(try await octopus.count("_ { syspath: \(record["syspath"]!.text!) }") == 1)
    }
    interfaces.tell(Array("link del o".utf8) + [0xff])
    try await octopus.waitFor(gone: "_ { interface: 'o\\\\xff' }", timeout: Self.patience)
    for (_, text) in names.dropFirst() {
      #expect(try await octopus.count("_ { interface: \(text) }") == 1, "\(text)")
    }
    withExtendedLifetime(interfaces) {}
  }

  /// The kernel keeps few events for a program that does not run.
  @Test(.enabled(if: Interfaces.isAllowed, "this machine lets nobody make network interfaces"))
  func scanAfterLostEventsCorrectsOnlyWhatDiffers() async throws {
    let interfaces = try await Interfaces("--receive-buffer", "1")
    let octopus = interfaces.octopus
    interfaces.make(0..<20)
    try await octopus.waitFor(Self.all, count: 40, timeout: Self.patience)
    let before = try await octopus.observe(Self.all)

    kill(interfaces.program, SIGSTOP)
    interfaces.make(100..<300)
    interfaces.unmake(0..<10)
    // Its event is the last.
    interfaces.make(999..<1_000)
    _ = try await interfaces.index(of: "o999l")
    #expect(try interfaces.hasLostEvents())
    kill(interfaces.program, SIGCONT)

    try await octopus.waitFor("_ { interface: 'o999r' }", timeout: Self.patience)
    var kept = before.records.filter { Self.number($0) >= 10 }
    #expect(kept.count == 20)
    // 20 go and 402 come, whatever the order; of those that stay nothing is said.
    var (came, went): (Set<String>, Set<String>) = ([], [])
    for try await change in before.changes {
      let isNew =
        change.kind == .set ? came.insert(change.record.name) : went.insert(change.record.name)
      #expect(isNew.inserted && change.previous == (change.kind == .set ? nil : change.previous))
      #expect((Self.number(change.record) < 10) == (change.kind == .deleted))
      if came.count == 402 && went.count == 20 { break }
    }
    let after = try await octopus.find(Self.all)
    #expect(after.count == 422)
    kept.removeAll { after.contains($0) }
    #expect(kept.isEmpty)
    withExtendedLifetime(interfaces) {}
  }

  private static func number(_ record: Record) -> Int {
    Int(record["interface"]?.text?.filter(\.isNumber) ?? "") ?? -1
  }
}
