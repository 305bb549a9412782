import Generators
import OctopusRecords
import Testing

@testable import OctopusStore

/// An index with runs so small that they split and merge often, against a sorted array: most values
/// are texts with long common prefixes.
@Suite struct ValueRunTests {
  @Test(arguments: [4, 16, 64], 0..<4)
  func agreesWithASortedArray(capacity: Int, _: Int) throws {
    var random = Random()
    let comment: Comment = "seed \(random.seed)"
    let rows = Rows()
    let index = AttributeIndex(key: Array("v".utf8), runCapacity: capacity)
    var model: [(row: RowID, value: Value)] = []
    for step in 0..<600 {
      // Waves, so that runs fill and empty, and each kind of value comes and goes.
      let isGrowing = step % 200 < 130
      if isGrowing || model.isEmpty {
        let value = Self.value(step / 150, &random)
        let record = try Record(name: "r\(step)", pairs: [("v", value)])
        let row = rows.add(Row(record: record, revision: 1, created: 1, owner: 0))
        if index.sorts(row) {
          value.withView { index.insert(row, $0, rows) }
        } else {
          index.insertUnsorted(row, limit: .max)
        }
        model.append((row, value))
      } else {
        let removed = model.remove(at: Int.random(in: model.indices, using: &random))
        removed.value.withView { index.remove(removed.row, $0, rows) }
        rows.remove(removed.row)
      }
      let probe = Self.value(step / 150, &random)
      // An index whose rows are all gone is unsorted again.
      #expect(index.materialize(rows, Budget(.max)))
      check(index, rows, model, probe, comment)
    }
    #expect(index.values.chunks.contains { $0.commonPrefix.count > 20 } || capacity > 4, comment)
  }

  /// A long prefix is stored once, also if the texts are inserted in order and if one differs.
  @Test func textsShareTheirCommonPrefix() throws {
    let rows = Rows()
    let index = AttributeIndex(key: Array("v".utf8))
    #expect(index.materialize(rows, Budget(.max)))
    func insert(_ text: String, _ number: Int) throws {
      let record = try Record(name: "r\(number)", pairs: [("v", .string(text))])
      let row = rows.add(Row(record: record, revision: 1, created: 1, owner: 0))
      Value.string(text).withView { index.insert(row, $0, rows) }
    }
    for number in 0..<512 { try insert("/sys/devices/pci0000:00/\(number + 1_000)", number) }
    #expect(index.values.chunks.count == 1)
    #expect(index.values.chunks[0].commonPrefix.starts(with: "/sys/devices/pci0000:00/1".utf8))
    try insert("/sys/bus", 600)
    #expect(
      index.values.firsts.commonPrefix.starts(with: "/sys/".utf8)
        || index.values.firsts.commonPrefix.isEmpty)
    try insert("another", 601)
    for number in 0..<512 {
      let text = Value.string("/sys/devices/pci0000:00/\(number + 1_000)")
      #expect(text.withView { index.find($0, rows) } != nil)
    }
  }

  private func check(
    _ index: AttributeIndex, _ rows: Rows, _ model: [(row: RowID, value: Value)], _ probe: Value,
    _ comment: Comment
  ) {
    func order(_ value: Value) -> Int {
      value.withView { value in probe.withView { ValueView.compare(value, $0) } }
    }
    probe.withView { view in
      let equal = Set(model.filter { order($0.value) == 0 }.map(\.row))
      #expect(members(index, index.find(view, rows)) == equal, comment)
      let start = index.lowerBound(view, rows)
      let end = index.upperBound(view, rows)
      let below = Set(model.filter { order($0.value) < 0 }.map(\.row))
      let above = Set(model.filter { order($0.value) > 0 }.map(\.row))
      #expect(members(index, index.values.startPosition, start) == below, comment)
      #expect(members(index, start, end) == equal, comment)
      #expect(members(index, end, index.values.endPosition) == above, comment)
      let ofClass = Set(
        model.filter { $0.value.withView { $0.valueClass == view.valueClass } }.map(\.row))
      let positions = index.positions(of: view.valueClass)
      #expect(members(index, positions.lowerBound, positions.upperBound) == ofClass, comment)
    }
  }

  private func members(_ index: AttributeIndex, _ posting: Posting?) -> Set<RowID> {
    guard let posting else { return [] }
    if let row = posting.row { return [row] }
    var members: Set<RowID> = []
    index.set(posting).forEachMember { members.insert($0).inserted }
    return members
  }

  private func members(
    _ index: AttributeIndex, _ start: AttributeIndex.Position, _ end: AttributeIndex.Position
  ) -> Set<RowID> {
    var members: Set<RowID> = []
    index.forEachRow(from: start, to: end) { members.insert($0).inserted }
    return members
  }

  /// Mostly texts that differ late; their common prefix changes with the phase.
  private static func value(_ phase: Int, _ random: inout Random) -> Value {
    let number = Int.random(in: 0..<300, using: &random)
    switch Int.random(in: 0..<40, using: &random) {
    case 0: return Generated.value(using: &random)
    case 1: return .string(String("/sys/devices/pci0000".prefix(number % 21)))
    case 2: return .integer(Int64(number))
    case 3: return .string("/sys/devices/pci0000:00/0000:00:1f.\(number)é")
    default:
      let root = ["/sys/devices/pci0000:00/", "object00000000000000000000", "x", "/sys/"][phase % 4]
      return number % 5 == 0 ? .symbol("a\(number)") : .string("\(root)\(number)")
    }
  }
}
