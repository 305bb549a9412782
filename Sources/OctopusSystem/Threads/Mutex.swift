// The standard library's `Mutex`, for all targets.
//
// ThreadSanitizer does not see it lock and unlock, since the library is not instrumented, and would
// report a race on everything that it guards. Under `make test-tsan` a pthread mutex, which
// ThreadSanitizer knows, replaces it.

#if THREAD_SANITIZER
  import Glibc

  // Safe to share: the value is accessed only between lock and unlock.
  package struct Mutex<Value: ~Copyable>: ~Copyable, @unchecked Sendable {
    private let handle = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let value = UnsafeMutablePointer<Value>.allocate(capacity: 1)

    package init(_ initial: consuming sending Value) {
      pthread_mutex_init(handle, nil)
      value.initialize(to: initial)
    }

    deinit {
      value.deinitialize(count: 1)
      value.deallocate()
      pthread_mutex_destroy(handle)
      handle.deallocate()
    }

    package borrowing func withLock<Result: ~Copyable, Failure: Error>(
      _ body: (inout sending Value) throws(Failure) -> sending Result
    ) throws(Failure) -> sending Result {
      pthread_mutex_lock(handle)
      defer { pthread_mutex_unlock(handle) }
      return try body(&value.pointee)
    }

    /// Returns nil at once if another thread holds the lock.
    package borrowing func withLockIfAvailable<Result: ~Copyable, Failure: Error>(
      _ body: (inout sending Value) throws(Failure) -> sending Result
    ) throws(Failure) -> sending Result? {
      guard pthread_mutex_trylock(handle) == 0 else { return nil }
      defer { pthread_mutex_unlock(handle) }
      return try body(&value.pointee)
    }
  }
#else
  @_exported import struct Synchronization.Mutex
#endif
