import OctopusEngine
import OctopusRecords
import OctopusStore

func measure(_ name: String, _ n: Int, _ body: (Int) -> Void) {
  let clock = ContinuousClock()
  var best = Double.infinity
  for _ in 0..<3 {
    let t = clock.measure { for i in 0..<n { body(i) } }
    let ns = Double(t.components.seconds) * 1e9 + Double(t.components.attoseconds) / 1e9
    best = min(best, ns / Double(n))
  }
  print("\(name): \(best) ns")
}
func parse(_ s: [UInt8]) -> Query { s.withUnsafeBufferPointer { try! Query($0) } }
func write(_ s: [UInt8]) -> Write { s.withUnsafeBufferPointer { try! Write($0) } }

for size in [1, 1_000, 100_000, 1_000_000] {
  var engine = Engine()
  var effects: [Effect] = []
  engine.step(.opened(1, Principal()), now: 0, into: &effects)
  let clock = ContinuousClock()
  let t = clock.measure {
    for i in 0..<size {
      engine.step(.request(1, 1, Command(.set(write(Array("object\(i) { attr: 'object\(i)' }".utf8)), SetOptions()))), now: 0, into: &effects)
      effects.removeAll(keepingCapacity: true)
    }
  }
  print("--- size \(size) load \(Double(t.components.attoseconds) / 1e9 / Double(size) + Double(t.components.seconds) * 1e9 / Double(size)) ns each")
  let names = (0..<4096).map { _ in Array("object\(Int.random(in: 0..<size))".utf8) }
  measure("parse name", 200_000) { i in _ = parse(names[i & 4095]) }
  measure("get by name", 200_000) { i in
    engine.step(.request(1, 1, Command(.get(parse(names[i & 4095])))), now: 0, into: &effects)
    effects.removeAll(keepingCapacity: true)
  }
  let attrs = names.map { Array("_ { attr: '".utf8) + $0 + Array("' }".utf8) }
  measure("get by attr", 200_000) { i in
    engine.step(.request(1, 1, Command(.get(parse(attrs[i & 4095])))), now: 0, into: &effects)
    effects.removeAll(keepingCapacity: true)
  }
  let zzz = Array("zzz { a: 1 }".utf8)
  let z = Array("zzz".utf8)
  measure("set+del zzz", 100_000) { i in
    engine.step(.request(1, 1, Command(.set(write(zzz), SetOptions()))), now: 0, into: &effects)
    engine.step(.request(1, 1, Command(.delete([parse(z)], all: false, ifRevision: nil))), now: 0, into: &effects)
    effects.removeAll(keepingCapacity: true)
  }
}
let five = Array("_ { weight: 999, value: 'high', attr: 999, bench: 1234.123, rand: '1' }".utf8)
measure("parse five", 200_000) { _ in _ = parse(five) }
let rec = Array("hw.pci.device.1 { bus: 0, class: 'C', device: 1, device_id: 0x107d, function: 0, vendor: 0x8086 }".utf8)
measure("parse record", 200_000) { _ in _ = rec.withUnsafeBufferPointer { try! Record($0) } }
for size in [8, 1_000, 100_000, 1_000_000] {
  var engine = Engine()
  var effects: [Effect] = []
  engine.step(.opened(1, Principal()), now: 0, into: &effects)
  let names = ["weight", "value", "attr", "bench", "rand", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o"]
  for i in 0..<size {
    let body = names.shuffled().prefix(5).map { "\($0): \(Int.random(in: 0..<15))" }.joined(separator: ", ")
    engine.step(.request(1, 1, Command(.set(write(Array("rec_\(i) { \(body) }".utf8)), SetOptions()))), now: 0, into: &effects)
    effects.removeAll(keepingCapacity: true)
  }
  engine.step(.request(1, 1, Command(.set(write(five.dropFirst().reduce(into: Array("the".utf8)) { $0.append($1) }), SetOptions()))), now: 0, into: &effects)
  print("--- five attributes among \(size)")
  measure("five", 100_000) { _ in
    engine.step(.request(1, 1, Command(.get(parse(five)))), now: 0, into: &effects)
    effects.removeAll(keepingCapacity: true)
  }
  // Harder: five conditions each met by 1/15 * 1/3 = 2.2 %
  let target = "hard { weight: 3, value: 3, attr: 3, bench: 3, rand: 3, f: 99 }"
  engine.step(.request(1, 1, Command(.set(write(Array(target.utf8)), SetOptions()))), now: 0, into: &effects)
  let hard = Array("_ { weight: 3, value: 3, attr: 3, bench: 3, rand: 3 }".utf8)
  effects.removeAll()
  engine.step(.request(1, 1, Command(.explain(parse(hard)))), now: 0, into: &effects)
  print(effects.last!)
  measure("hard", 10_000) { _ in
    engine.step(.request(1, 1, Command(.get(parse(hard)))), now: 0, into: &effects)
    effects.removeAll(keepingCapacity: true)
  }
}
