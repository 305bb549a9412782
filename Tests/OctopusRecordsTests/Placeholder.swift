import Testing

@testable import OctopusRecords

@Test func smoke() throws {
  let r: Record = "hw.pci.device.1 { vendor: 0x8086, bus: 0, class: 'C', x: 1.5e20, s: sym, e: 'a\\'b\\n' }"
  #expect(r.description == "hw.pci.device.1 { bus: 0, class: 'C', e: 'a\\'b\\n', s: sym, vendor: 32902, x: 1.5e+20 }")
  #expect(r["e"] == .string("a'b\n"))
  #expect(r["x"] == .float(1.5e20))
  #expect(r["vendor"] == .integer(32902))
  let q: Query = "r'^hw\\.pci\\.' { bus >= 0, class: 'C', e: _, s: 'sym', vendor < 32902.5 }"
  print(q)
  #expect(q.matches(r))
  let w: Write = "counter { value: 5, value == 4 }"
  print(String(decoding: w.text, as: UTF8.self))
  let name: Record = "\("it's") {}"
  #expect(name.name == "it's")
  print(name)
  do { _ = try Record(parsing: "pci { bus: }") } catch { print(error); print(error.caret(in: "pci { bus: }")) }
}
