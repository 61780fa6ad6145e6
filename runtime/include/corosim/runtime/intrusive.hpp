#pragma once

#include <cstddef>
#include <type_traits>
#include <utility>

namespace corosim::detail {

/// A counted reference to a T with `retain()` and `release()`. Not thread-safe: everything counted belongs to one loop.
template <class T>
class Ref {
 public:
  Ref() = default;
  Ref(std::nullptr_t) {}
  explicit Ref(T* object) : object_(object) {
    if (object_ != nullptr) object_->retain();
  }
  Ref(const Ref& other) : Ref(other.object_) {}
  Ref(Ref&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
  template <class U>
    requires std::is_convertible_v<U*, T*>
  Ref(const Ref<U>& other) : Ref(static_cast<T*>(other.get())) {}
  Ref& operator=(Ref other) noexcept {
    std::swap(object_, other.object_);
    return *this;
  }
  ~Ref() {
    if (object_ != nullptr) object_->release();
  }

  T* get() const { return object_; }
  T* operator->() const { return object_; }
  T& operator*() const { return *object_; }
  explicit operator bool() const { return object_ != nullptr; }
  friend bool operator==(const Ref& a, const Ref& b) { return a.object_ == b.object_; }

 private:
  T* object_ = nullptr;
};

/// A node of a List; unlinks itself when it is destroyed.
class ListNode {
 public:
  ListNode() = default;
  ListNode(const ListNode&) = delete;
  ListNode& operator=(const ListNode&) = delete;
  ~ListNode() { unlink(); }

  bool linked() const { return next_ != nullptr; }
  void unlink() {
    if (next_ == nullptr) return;
    previous_->next_ = next_;
    next_->previous_ = previous_;
    next_ = previous_ = nullptr;
  }

 private:
  template <class T>
  friend class List;
  ListNode* next_ = nullptr;
  ListNode* previous_ = nullptr;
};

/// A circular list of nodes that live elsewhere, in order of insertion. T derives from ListNode.
template <class T>
class List {
 public:
  List() { clear_links(); }
  List(const List&) = delete;
  List& operator=(const List&) = delete;
  /// Nodes still in the list are left unlinked.
  ~List() {
    while (!empty()) head_.next_->unlink();
    head_.next_ = head_.previous_ = nullptr;
  }

  bool empty() const { return head_.next_ == &head_; }
  void push_back(T& item) { insert_before(item, head_); }
  T& front() const { return static_cast<T&>(*head_.next_); }
  T* next(const T& item) const {
    ListNode* following = static_cast<const ListNode&>(item).next_;
    return following == &head_ ? nullptr : static_cast<T*>(following);
  }
  T* last() const { return empty() ? nullptr : static_cast<T*>(head_.previous_); }
  T* first() const { return empty() ? nullptr : &front(); }

 private:
  void clear_links() { head_.next_ = head_.previous_ = &head_; }
  void insert_before(T& item, ListNode& position) {
    ListNode& node = item;
    node.next_ = &position;
    node.previous_ = position.previous_;
    position.previous_->next_ = &node;
    position.previous_ = &node;
  }

  ListNode head_;
};

}  // namespace corosim::detail
