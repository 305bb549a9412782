import OctopusRecords
import OctopusStore

/// What the index knows of one attribute: the queries that are found by it, except by equality.
struct AttributeIndex {
  let name: [UInt8]
  /// How many queries are found by this attribute, equality included.
  var uses = 0
  var numbers = IntervalTree<NumberCut>()
  var texts = IntervalTree<TextCut>()
  var patterns = PatternGroup()
  /// The ring of those that only ask whether it is there.
  var presence = HashTable.none

  mutating func insert(_ ends: Span.Ends, owner: UInt32) {
    switch ends {
    case .numbers(let low, let high): numbers.insert(low, high, owner: owner)
    case .texts(let low, let high): texts.insert(low, high, owner: owner)
    case .nothing: preconditionFailure("an interval with nothing inside")
    }
  }

  mutating func remove(_ ends: Span.Ends, owner: UInt32) {
    switch ends {
    case .numbers(let low, _): numbers.remove(low, owner: owner)
    case .texts(let low, _): texts.remove(low, owner: owner)
    case .nothing: preconditionFailure("an interval with nothing inside")
    }
  }
}

/// The attributes that registered queries are found by, numbered.
struct AttributeTable {
  private(set) var attributes: [AttributeIndex] = []
  private var unused: [UInt32] = []
  private var table = HashTable()

  var count: Int { table.count }

  /// Whether no memory is held beyond what an empty table has.
  var isPristine: Bool { attributes.isEmpty && unused.isEmpty && table.count == 0 }

  subscript(attribute: UInt32) -> AttributeIndex {
    @inline(__always) _read { yield attributes[Int(attribute)] }
    @inline(__always) _modify { yield &attributes[Int(attribute)] }
  }

  /// The number of an attribute that some query is found by, else nil.
  func find(_ name: Bytes) -> UInt32? { locate(name).place.map { table[$0] } }

  private func locate(_ name: Bytes) -> (hash: UInt32, place: Int?) {
    var hash = KeyHash()
    hash.combine(name)
    let value = hash.value
    let place = table.find(value) { attribute in
      attributes[Int(attribute)].name.withUnsafeBufferPointer { compareBytes($0, name) == 0 }
    }
    return (value, place)
  }

  /// Numbers an attribute for one more query that is found by it.
  mutating func retain(_ name: Bytes) -> UInt32 {
    let (hash, place) = locate(name)
    let attribute = place.map { table[$0] } ?? add(name, hash)
    attributes[Int(attribute)].uses += 1
    return attribute
  }

  private mutating func add(_ name: Bytes, _ hash: UInt32) -> UInt32 {
    let item = AttributeIndex(name: Array(name))
    let attribute = unused.popLast() ?? UInt32(attributes.count)
    if attribute == attributes.count {
      attributes.append(item)
    } else {
      attributes[Int(attribute)] = item
    }
    table.insert(hash, attribute)
    return attribute
  }

  /// Whether a number is in use.
  func has(_ attribute: UInt32) -> Bool {
    attribute < attributes.count && attributes[Int(attribute)].uses > 0
  }

  /// Undoes one `retain`.
  mutating func release(_ attribute: UInt32) {
    attributes[Int(attribute)].uses -= 1
    guard attributes[Int(attribute)].uses == 0 else { return }
    // It is there: `add` put it there.
    let place = attributes[Int(attribute)].name.withUnsafeBufferPointer { locate($0).place! }
    table.remove(at: place)
    attributes[Int(attribute)] = AttributeIndex(name: [])
    unused.append(attribute)
    if table.count == 0 { self = AttributeTable() }
  }
}
