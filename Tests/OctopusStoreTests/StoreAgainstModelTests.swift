import OctopusRecords
import Testing

@testable import OctopusStore

/// The store against a list of records that is filtered and sorted for every question.
@Suite struct StoreAgainstModelTests {
  @Test(arguments: [4, 30, 400])
  func answersLikeAList(names: Int) throws {
    var random = Random()
    let seed = random.seed
    var store = Store()
    var model: [String: Record] = [:]
    for step in 0..<4_000 {
      if Int.random(in: 0..<3, using: &random) > 0 {
        let record = Generated.record(names: names, using: &random)
        let before = store.write(Row(record: record, revision: Int64(step), created: 0, owner: 0))
        #expect(before.before?.record == model[record.name], "seed \(seed), step \(step)")
        model[record.name] = record
      } else {
        let name = Generated.name(names: names, using: &random)
        let erased = Array(name.utf8).withUnsafeBufferPointer { name in
          let record = store.find(name).map { store[$0].record }
          #expect((store.erase(name) == nil) == (record == nil))
          return record
        }
        #expect(erased == model.removeValue(forKey: name), "seed \(seed), step \(step)")
      }
      #expect(store.count == model.count)
      guard step % 4 == 0 else { continue }
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
    let all = model.values.filter(query.matches).sorted { isBefore($0.name, $1.name) }
    var page = all
    if let after { page.removeAll { !isBefore(after, $0.name) } }
    if let limit { page = Array(page.prefix(limit)) }
    let wanted = Wanted(limit: limit, after: after.map { Array($0.utf8) })
    let selection = try store.select(query, wanted)
    let found = selection.rows.map { store[$0].record }
    #expect(found == page, "\(comment): \(query) by \(selection.index)")
    #expect(try store.count(query) == all.count, "\(comment): \(query)")
    #expect(try store.count(query, most: 2) >= min(2, all.count), "\(comment): \(query)")
    #expect(try store.first(query).map { store[$0].record } == all.first, "\(comment): \(query)")
  }

  private func isBefore(_ a: String, _ b: String) -> Bool {
    Array(a.utf8).withUnsafeBufferPointer { a in
      Array(b.utf8).withUnsafeBufferPointer { b in compareNaturally(a, b) < 0 }
    }
  }
}

/// Records and queries that meet often: few names, few attributes, values of every kind.
enum Generated {
  static func name(names: Int, using random: inout Random) -> String {
    let stem = ["a", "a1b", "a01b", "hw.pci.", "hw.pci.d", "Z", "_odd "].randomElement(
      using: &random)!
    return "\(stem)\(Int.random(in: 0..<names, using: &random))"
  }

  static func record(names: Int, using random: inout Random) -> Record {
    var pairs: [(String, Value)] = []
    for attribute in ["a", "b", "c", "d", "e"] where Bool.random(using: &random) {
      pairs.append((attribute, value(using: &random)))
    }
    let name = name(names: names, using: &random)
    return try! Record(name: name, pairs: pairs)  // Generated names and values are valid.
  }

  static func value(using random: inout Random) -> Value {
    switch Int.random(in: 0..<7, using: &random) {
    case 0, 1: .integer(Int64.random(in: -2...4, using: &random))
    case 2: .float([-0.0, 0.5, 1.0, 2.5, 1e300, -3.25].randomElement(using: &random)!)
    case 3: .boolean(Bool.random(using: &random))
    case 4: .symbol(["ready", "high", "low"].randomElement(using: &random)!)
    case 5:
      .string(
        ["ready", "longer than eight", "longer than seven", "", "it's\n"].randomElement(
          using: &random)!)
    default:
      .integer([.max, .min, .max - 1, 1 << 53, 1 << 53 + 1].randomElement(using: &random)!)
    }
  }

  static func query(names: Int, using random: inout Random) -> Query {
    let name: String
    switch Int.random(in: 0..<6, using: &random) {
    case 0:
      let exact = Generated.name(names: names, using: &random)
      name = Value.string(exact).description
    case 1: name = #"r'^hw\.pci\.'"#
    case 2: name = "r'^a1'"
    case 3: name = "r'1'"
    default: name = "_"
    }
    var constraints: [String] = []
    for _ in 0..<Int.random(in: 0...3, using: &random) {
      let attribute = ["a", "b", "c", "d", "e", "none"].randomElement(using: &random)!
      let relation = [":", "==", ":", "!=", "<", "<=", ">", ">="].randomElement(using: &random)!
      switch Int.random(in: 0..<8, using: &random) {
      case 0: constraints.append("\(attribute): _")
      case 1: constraints.append("\(attribute): r'^longer than s'")
      case 2: constraints.append("\(attribute): r'e'")
      default: constraints.append("\(attribute) \(relation) \(value(using: &random))")
      }
    }
    return try! Query(parsing: "\(name) { \(constraints.joined(separator: ", ")) }")  // As above.
  }
}
