/// A directory of files, as the journal uses it. Tests have one that loses what was not synced, and
/// fails.
package protocol Disk: AnyObject, Sendable {
  /// For messages.
  var path: String { get }

  /// The names of all files, in no order.
  func list() throws(StorageError) -> [String]

  /// Makes a file that does not exist.
  func create(_ name: String) throws(StorageError) -> any DiskFile

  /// Opens a file that exists.
  func open(_ name: String) throws(StorageError) -> any DiskFile

  /// Gives a file another name, that of no other file.
  func rename(_ name: String, to other: String) throws(StorageError)

  func remove(_ name: String) throws(StorageError)

  /// Returns once the names of all files survive a power failure.
  func sync() throws(StorageError)
}

/// A file of a `Disk`.
package protocol DiskFile: AnyObject, Sendable {
  /// In bytes.
  func size() throws(StorageError) -> Int

  /// Reads bytes from an offset on; fewer than fit only at the end of the file.
  func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(StorageError) -> Int

  /// Writes all bytes. After an error any part of them may be in the file.
  func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(StorageError)

  /// Cuts the file off.
  func truncate(to size: Int) throws(StorageError)

  /// Sets space aside for the file up to an offset, so that later writes find it on a full disk.
  /// The file's size stays. Does nothing where the file system cannot do that.
  func reserve(upTo offset: Int) throws(StorageError)

  /// Returns once all that was written survives a power failure.
  ///
  /// After an error it is not known what does, and another call would not tell: the kernel forgets
  /// the error once it has reported it.
  func sync() throws(StorageError)
}
