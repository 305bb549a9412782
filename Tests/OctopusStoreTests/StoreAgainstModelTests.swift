import Generators
import OctopusCollections
import OctopusRecords
import Testing

@testable import OctopusStore

/// The store against a list of records that is filtered and sorted for every query.
@Suite struct StoreAgainstModelTests {
  /// With a low threshold, indexes forget their rows and are sorted again often.
  @Test(arguments: [4, 30, 400], [0, 10, Store.lazyThreshold])
  func agreesWithAList(names: Int, lazyThreshold: Int) throws {
    var random = Random()
    let seed = random.seed
    var store = Store(stepBudget: .max, lazyThreshold: lazyThreshold)
    var model: [String: Record] = [:]
    for step in 0..<4_000 {
      if Int.random(in: 0..<3, using: &random) > 0 {
        let record = Generated.record(names: names, using: &random)
        let before = record.withContents { store.find($0.name) }.map { store[$0].record }
        #expect(before == model[record.name], "seed \(seed), step \(step)")
        store.write(Row(record: record, revision: Int64(step), created: 0, owner: 0))
        model[record.name] = record
      } else {
        let name = Generated.name(names: names, using: &random)
        let erased = Array(name.utf8).withUnsafeBufferPointer { name in
          store.prefetch([NameHash(name)])
          let record = store.find(name).map { store[$0].record }
          #expect((store.erase(name) == nil) == (record == nil))
          return record
        }
        #expect(erased == model.removeValue(forKey: name), "seed \(seed), step \(step)")
      }
      #expect(store.count == model.count)
      guard step % 8 == 0 else { continue }
      try compare(store, model, names, &random, "seed \(seed), step \(step)")
    }
    for name in model.keys.sorted() {
      Array(name.utf8).withUnsafeBufferPointer { name in _ = store.erase(name) }
    }
    #expect(store.count == 0 && store.attributeCount == 0 && store.textBytes == 0)
  }

  private func compare(
    _ store: borrowing Store, _ model: [String: Record], _ names: Int, _ random: inout Random,
    _ comment: Comment
  ) throws {
    let query = Generated.query(names: names, using: &random)
    let limit = Bool.random(using: &random) ? nil : Int.random(in: 0...5, using: &random)
    let after = Bool.random(using: &random) ? nil : Generated.name(names: names, using: &random)
    let matching = model.values.filter(query.matches).map {
      (name: Array($0.name.utf8), record: $0)
    }
    let sorted = matching.sorted { isBefore($0.name, $1.name) }
    let all = sorted.map(\.record)
    var page = all
    if let after { page = sorted.filter { isBefore(Array(after.utf8), $0.name) }.map(\.record) }
    if let limit { page = Array(page.prefix(limit)) }
    let wanted = ReadOptions(limit: limit, after: after.map { Array($0.utf8) })
    let selection = try store.select(query, wanted)
    let found = selection.rows.map { store[$0].record }
    #expect(found == page, "\(comment): \(query) by \(selection.index)")
    #expect(try store.count(query) == all.count, "\(comment): \(query)")
    #expect(try store.count(query, most: 2) >= min(2, all.count), "\(comment): \(query)")
    #expect(try store.first(query).map { store[$0].record } == all.first, "\(comment): \(query)")
  }

  private func isBefore(_ a: [UInt8], _ b: [UInt8]) -> Bool {
    a.withUnsafeBufferPointer { a in
      b.withUnsafeBufferPointer { b in compareNaturally(a, b) < 0 }
    }
  }
}
