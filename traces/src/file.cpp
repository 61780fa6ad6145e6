#include "file.hpp"

#include <corosim/traces/reader.hpp>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace corosim::traces {

namespace {

std::string error_text() { return std::generic_category().message(errno); }

}  // namespace

FileDescriptor::FileDescriptor(FileDescriptor&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

FileDescriptor& FileDescriptor::operator=(FileDescriptor&& other) noexcept {
  if (this != &other) {
    close();
    descriptor_ = std::exchange(other.descriptor_, -1);
  }
  return *this;
}

bool FileDescriptor::close() noexcept {
  if (!is_open()) return true;
  return ::close(std::exchange(descriptor_, -1)) == 0;
}

FileSink::FileSink(std::filesystem::path path, Existing existing) : path_(std::move(path)) {
  const int flags = O_WRONLY | O_CREAT | O_CLOEXEC | (existing == Existing::fail ? O_EXCL : O_TRUNC);
  file_ = FileDescriptor(::open(path_.c_str(), flags, 0666));
  if (!file_.is_open()) fail("cannot create the trace");
}

void FileSink::write(std::span<const unsigned char> bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(file_.get(), bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail("cannot write the trace");
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
}

void FileSink::close() {
  if (!file_.close()) fail("cannot finish the trace");
}

void FileSink::fail(const char* what) const {
  throw std::system_error(errno, std::generic_category(), fmt::format("{}: {}", path_.string(), what));
}

ByteSource::ByteSource(const std::filesystem::path& path) : name_(path.string()) {
  file_ = FileDescriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file_.is_open()) throw TraceError(name_, 0, fmt::format("cannot open the trace: {}", error_text()));
  struct stat status = {};
  if (::fstat(file_.get(), &status) != 0) {
    throw TraceError(name_, 0, fmt::format("cannot read the trace: {}", error_text()));
  }
  if (!S_ISREG(status.st_mode)) {
    throw TraceError(
        name_, 0,
        fmt::format("expected a file, found {}", S_ISDIR(status.st_mode) ? "a directory" : "a device or pipe"));
  }
  size_ = static_cast<std::uint64_t>(status.st_size);
}

ByteSource::ByteSource(std::span<const std::byte> bytes, std::string name)
    : name_(std::move(name)),
      size_(bytes.size()),
      memory_(std::in_place, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()) {}

std::span<const unsigned char> ByteSource::read(std::uint64_t offset, std::size_t count) {
  if (memory_) return memory_->subspan(static_cast<std::size_t>(offset), count);
  if (buffer_.size() < count) buffer_.resize(count);
  std::size_t done = 0;
  while (done < count) {
    const ssize_t got = ::pread(file_.get(), buffer_.data() + done, count - done, static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw TraceError(name_, offset + done, fmt::format("cannot read the trace: {}", error_text()));
    if (got == 0) {
      throw TraceError(name_, offset + done,
                       fmt::format("expected {} more bytes, found that the file has shrunk", count - done));
    }
    done += static_cast<std::size_t>(got);
  }
  return {buffer_.data(), count};
}

}  // namespace corosim::traces
