import OctopusCollections
import OctopusRecords

/// The queries that are found by one attribute, except by equality.
struct AttributeQueries {
  /// How many queries are found by this attribute, equality included.
  var uses = 0
  var numbers = IntervalTree<NumberBound>()
  var texts = IntervalTree<TextBound>()
  var patterns = PatternGroup(setInstructions: Limits.patternInstructions)
  /// Queries that only ask whether the attribute is there.
  var presence = EntryList()

  mutating func insert(_ bounds: Interval.Bounds, owner: UInt32) {
    switch bounds {
    case .numbers(let low, let high): numbers.insert(low, high, owner: owner)
    case .texts(let low, let high): texts.insert(low, high, owner: owner)
    case .empty: preconditionFailure("an empty interval")
    }
  }

  mutating func remove(_ bounds: Interval.Bounds, owner: UInt32) {
    switch bounds {
    case .numbers(let low, _): numbers.remove(low, owner: owner)
    case .texts(let low, _): texts.remove(low, owner: owner)
    case .empty: preconditionFailure("an empty interval")
    }
  }
}

/// The attributes that registered queries are found by, numbered and counted.
struct AttributeTable {
  private var table = NameTable<AttributeQueries>()

  var count: Int { table.count }

  /// How many attributes there is memory for.
  var slotCount: Int { table.slotCount }

  subscript(attribute: UInt32) -> AttributeQueries {
    @inline(__always) _read { yield table[Int(attribute)] }
    @inline(__always) _modify { yield &table[Int(attribute)] }
  }

  /// The number of an attribute that some query is found by, else nil.
  func find(_ name: Bytes) -> UInt32? { table.find(name).map { UInt32($0) } }

  func name(_ attribute: UInt32) -> [UInt8] { table.name(Int(attribute)) }

  /// Whether a number is in use.
  func has(_ attribute: UInt32) -> Bool {
    attribute < table.slotCount && table[Int(attribute)].uses > 0
  }

  /// Numbers an attribute for one more query that is found by it.
  mutating func retain(_ name: Bytes) -> UInt32 {
    let attribute = table.find(name) ?? table.insert(Array(name), AttributeQueries())
    table[attribute].uses += 1
    return UInt32(attribute)
  }

  /// Undoes one `retain`.
  mutating func release(_ attribute: UInt32) {
    table[Int(attribute)].uses -= 1
    guard table[Int(attribute)].uses == 0 else { return }
    table.remove(Int(attribute), leaving: AttributeQueries())
    if table.count == 0 { self = AttributeTable() }
  }
}
