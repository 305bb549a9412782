// The numbers of instances, in the names of records and files.
import OctopusSystem

/// The number of an instance in the name of a file or of a record.
enum InstanceNumber {
  /// The greatest number that is read: counting on from it must not overflow.
  static let limit = 1_000_000_000

  static func read(_ digits: some Collection<UInt8>) -> Int? {
    guard let number = digits.number(Int.self), (0...limit).contains(number),
      digits.elementsEqual("\(number)".utf8)
    else { return nil }
    return number
  }
}
