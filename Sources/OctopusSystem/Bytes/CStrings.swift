import Glibc

/// Null-terminated C strings, and an array of pointers to them that ends with a null, as exec(3)
/// and posix_spawn(3) take it. They live as long as this does.
// Safe to share: nothing changes it.
package final class CStrings: @unchecked Sendable {
  package let pointers: [UnsafeMutablePointer<CChar>?]

  package init(_ texts: [ByteString]) {
    pointers = texts.map { $0.withCString { strdup($0) } } + [nil]
  }

  package convenience init(_ texts: [String]) { self.init(texts.map { ByteString($0) }) }

  deinit { for pointer in pointers { free(pointer) } }
}
