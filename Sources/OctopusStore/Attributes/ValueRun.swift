import OctopusCollections
import OctopusRecords

/// A sorted run of an attribute index: distinct values in order, as postings of their rows.
///
/// Values are not copied. An entry has a 64-bit key that sorts like its value within its run. The
/// common prefix of all texts of a run is stored once and left out of the keys (prefix
/// compression), so that keys differ even for long texts that differ late
/// ('/sys/devices/pci0000:00/…'), and a search hardly ever reads a record. After Bayer and
/// Unterauer, "Prefix B-trees" (TODS 1977).
struct ValueRun: SortedRun {
  private struct Entry {
    // Two halves, so that an entry takes 12 bytes instead of 16.
    private var high: UInt32
    private var low: UInt32
    var posting: Posting

    init(_ key: UInt64, _ posting: Posting) {
      high = UInt32(truncatingIfNeeded: key >> 32)
      low = UInt32(truncatingIfNeeded: key)
      self.posting = posting
    }

    var key: UInt64 { UInt64(high) << 32 | UInt64(low) }
  }

  /// Finds the value of a posting.
  struct Source {
    let index: AttributeIndex
    let rows: Rows
    /// The posting that is being inserted: its value is known.
    var inserted: (posting: Posting, value: ValueView)?

    @inline(__always)
    func withValue<Result>(_ posting: Posting, _ body: (ValueView) -> Result) -> Result {
      if let inserted, inserted.posting == posting { return body(inserted.value) }
      return rows.withContents(index.anyRow(posting)) { contents in
        index.key.withUnsafeBufferPointer { key in
          // A row is in this index because it has the attribute.
          contents.withValue(contents.index(of: key)!, body)
        }
      }
    }
  }

  /// The common prefix of all values. Unless it is empty, all of them are texts.
  private(set) var commonPrefix: [UInt8] = []
  private var entries: ContiguousArray<Entry> = []

  var count: Int { entries.count }

  subscript(index: Int) -> Posting { entries[index].posting }

  /// The index of the first value that is not less than `value`.
  func lowerBound(_ value: ValueView, _ source: Source) -> Int {
    partitionPoint(value, orEqual: false, source)
  }

  /// The index of the first value that is greater than `value`.
  func upperBound(_ value: ValueView, _ source: Source) -> Int {
    partitionPoint(value, orEqual: true, source)
  }

  private func partitionPoint(_ value: ValueView, orEqual: Bool, _ source: Source) -> Int {
    let key: UInt64
    switch relation(of: value) {
    case .below: return 0
    case .above: return count
    case .among(let bits): key = bits
    }
    let isExact = ValueView.isExact(key)
    return entries.partitionPoint { entry in
      if entry.key != key { return entry.key < key }
      if isExact { return orEqual }
      let order = source.withValue(entry.posting) { ValueView.compare($0, value) }
      return order < 0 || orEqual && order == 0
    }
  }

  /// The index of the first value that is of this class or a later one.
  func lowerBound(_ valueClass: ValueView.Class) -> Int {
    entries.partitionPoint { Int($0.key >> 62) < valueClass.rawValue }
  }

  /// The index of the first value that is of a later class.
  func upperBound(_ valueClass: ValueView.Class) -> Int {
    entries.partitionPoint { Int($0.key >> 62) <= valueClass.rawValue }
  }

  /// Whether the entry at an index has this value.
  func has(_ value: ValueView, at index: Int, _ source: Source) -> Bool {
    guard case .among(let key) = relation(of: value), entries[index].key == key else {
      return false
    }
    return ValueView.isExact(key)
      || source.withValue(entries[index].posting) { ValueView.compare($0, value) == 0 }
  }
}

// MARK: Changes

extension ValueRun {
  mutating func insert(_ posting: Posting, at index: Int, from source: Source) {
    entries.insert(Entry(makeKey(posting, source), posting), at: index)
    // At powers of two, so that the cost is amortized.
    if count >= 16, count & (count - 1) == 0 { lengthenPrefix(source) }
  }

  mutating func set(_ posting: Posting, at index: Int, from source: Source) {
    entries[index] = Entry(makeKey(posting, source), posting)
  }

  mutating func replace(at index: Int, with posting: Posting) {
    entries[index].posting = posting
  }

  mutating func discard(at index: Int) { entries.remove(at: index) }

  mutating func split(at index: Int, capacity: Int, from source: Source) -> ValueRun {
    var upper = ValueRun()
    upper.commonPrefix = commonPrefix
    upper.entries = entries.split(at: index, capacity: capacity, from: ())
    lengthenPrefix(source)
    upper.lengthenPrefix(source)
    return upper
  }

  mutating func append(_ other: ValueRun, from source: Source) {
    let common = other.commonPrefix.withUnsafeBufferPointer { commonCount($0) }
    shortenPrefix(to: common, source)
    var other = other
    other.shortenPrefix(to: common, source)
    entries.append(contentsOf: other.entries)
  }

  /// The key of a posting, after shortening the common prefix to one that its value has, too.
  private mutating func makeKey(_ posting: Posting, _ source: Source) -> UInt64 {
    let (common, key) = source.withValue(posting) { value in
      let common = commonPrefix.isEmpty ? 0 : value.text.map { commonCount($0) } ?? 0
      return (common, value.sortingPrefix(skipping: common))
    }
    shortenPrefix(to: common, source)
    return key
  }

  private mutating func shortenPrefix(to count: Int, _ source: Source) {
    guard count < commonPrefix.count else { return }
    commonPrefix.removeSubrange(count...)
    renewKeys(source)
  }

  /// Makes the common prefix as long as that of the first and the last value, which all others
  /// share.
  private mutating func lengthenPrefix(_ source: Source) {
    guard count > 1, ValueView.isText(entries[0].key), ValueView.isText(entries[count - 1].key)
    else { return }
    let first = source.withValue(entries[0].posting) {
      Array($0.text ?? Bytes(start: nil, count: 0))
    }
    let common = source.withValue(entries[count - 1].posting) { last in
      last.text.map { last in first.withUnsafeBufferPointer { commonPrefixCount($0, last) } } ?? 0
    }
    guard common > commonPrefix.count else { return }
    commonPrefix = Array(first[..<common])
    renewKeys(source)
  }

  private mutating func renewKeys(_ source: Source) {
    for index in entries.indices {
      let posting = entries[index].posting
      let key = source.withValue(posting) { $0.sortingPrefix(skipping: commonPrefix.count) }
      entries[index] = Entry(key, posting)
    }
  }

  private func commonCount(_ text: Bytes) -> Int {
    commonPrefix.withUnsafeBufferPointer { commonPrefixCount($0, text) }
  }

  private enum Relation {
    case below
    case among(_ key: UInt64)
    case above
  }

  /// Whether a value has the common prefix, or is below or above all values that have it.
  @inline(__always)
  private func relation(of value: ValueView) -> Relation {
    guard !commonPrefix.isEmpty else { return .among(value.sortingPrefix(skipping: 0)) }
    guard let text = value.text else {
      return value.valueClass.rawValue < ValueView.Class.text.rawValue ? .below : .above
    }
    let order = commonPrefix.withUnsafeBufferPointer { prefix in
      compareBytes(Bytes(rebasing: text.prefix(prefix.count)), prefix)
    }
    if order != 0 { return order < 0 ? .below : .above }
    return .among(value.sortingPrefix(skipping: commonPrefix.count))
  }
}
