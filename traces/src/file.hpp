// The two ends of a trace's bytes: a sink to write and a source to read, each a file or memory.
#pragma once

#include <corosim/traces/writer.hpp>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace corosim::traces {

/// Owns a file descriptor.
class FileDescriptor {
 public:
  FileDescriptor() = default;
  explicit FileDescriptor(int descriptor) : descriptor_(descriptor) {}
  FileDescriptor(FileDescriptor&& other) noexcept;
  FileDescriptor& operator=(FileDescriptor&& other) noexcept;
  ~FileDescriptor() { close(); }
  int get() const { return descriptor_; }
  bool is_open() const { return descriptor_ >= 0; }
  /// Returns false where the system reports that data was lost.
  bool close() noexcept;

 private:
  int descriptor_ = -1;
};

/// Appends to a file. Everything that fails throws std::system_error with the path.
class FileSink {
 public:
  FileSink(std::filesystem::path path, Existing existing);
  void write(std::span<const unsigned char> bytes);
  void close();

 private:
  [[noreturn]] void fail(const char* what) const;
  std::filesystem::path path_;
  FileDescriptor file_;
};

/// Random access to bytes whose number is known from the start: a regular file or the caller's memory.
class ByteSource {
 public:
  /// Throws TraceError.
  explicit ByteSource(const std::filesystem::path& path);
  ByteSource(std::span<const std::byte> bytes, std::string name);
  const std::string& name() const { return name_; }
  std::uint64_t size() const { return size_; }
  /// REQUIRES: inside size(). The bytes stay valid until the next call. Throws TraceError where the system cannot read.
  std::span<const unsigned char> read(std::uint64_t offset, std::size_t count);

 private:
  std::string name_;
  std::uint64_t size_ = 0;
  std::optional<std::span<const unsigned char>> memory_;
  FileDescriptor file_;
  std::vector<unsigned char> buffer_;
};

}  // namespace corosim::traces
