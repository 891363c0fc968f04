// PersistentMap: an ordered map as a value. A copy is a pointer; Set and Erase share all but the O(log n) nodes on
// their way with the older copies, which stay as they were. A treap whose priorities are hashes of the keys, so that
// equal contents have equal shape. Readers on any thread; one copy is changed by one thread at a time. For this room.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace firn::catalog {

template <class Value>
class PersistentMap {
 public:
  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

  /// The value, or null. Valid while any copy that holds it lives.
  const Value* Find(std::string_view key) const {
    const Node* node = root_.get();
    while (node) {
      int order = key.compare(node->key);
      if (order == 0) return &node->value;
      node = order < 0 ? node->left.get() : node->right.get();
    }
    return nullptr;
  }

  void Set(std::string key, Value value) {
    bool added = false;
    root_ = Inserted(root_, std::move(key), std::move(value), &added);
    if (added) ++size_;
  }

  bool Erase(std::string_view key) {
    if (!Find(key)) return false;
    root_ = Erased(root_, key);
    --size_;
    return true;
  }

  /// Visits (key, value) with key >= `from` in order until `visit` returns false.
  void VisitFrom(std::string_view from, const std::function<bool(const std::string&, const Value&)>& visit) const {
    Visit(root_.get(), from, visit);
  }
  void ForEach(const std::function<void(const std::string&, const Value&)>& visit) const {
    VisitFrom("", [&](const std::string& key, const Value& value) {
      visit(key, value);
      return true;
    });
  }
  /// Visits the keys that begin with `prefix`.
  void VisitPrefix(std::string_view prefix, const std::function<bool(const std::string&, const Value&)>& visit) const {
    VisitFrom(prefix, [&](const std::string& key, const Value& value) {
      return key.compare(0, prefix.size(), prefix) == 0 && visit(key, value);
    });
  }

 private:
  struct Node;
  using NodePtr = std::shared_ptr<const Node>;
  struct Node {
    std::string key;
    Value value;
    size_t priority;
    NodePtr left;
    NodePtr right;
  };

  static NodePtr With(const Node& node, NodePtr left, NodePtr right) {
    return std::make_shared<const Node>(Node{node.key, node.value, node.priority, std::move(left), std::move(right)});
  }

  /// Ties of priority are broken by key, so the shape depends on the contents alone.
  static bool Above(const Node& a, const Node& b) {
    return a.priority != b.priority ? a.priority > b.priority : a.key < b.key;
  }

  static NodePtr Inserted(const NodePtr& node, std::string key, Value value, bool* added) {
    if (!node) {
      *added = true;
      size_t priority = std::hash<std::string_view>{}(key);
      return std::make_shared<const Node>(Node{std::move(key), std::move(value), priority, nullptr, nullptr});
    }
    int order = key.compare(node->key);
    if (order == 0) {
      return std::make_shared<const Node>(
          Node{std::move(key), std::move(value), node->priority, node->left, node->right});
    }
    if (order < 0) {
      NodePtr child = Inserted(node->left, std::move(key), std::move(value), added);
      if (!Above(*child, *node)) return With(*node, std::move(child), node->right);
      return With(*child, child->left, With(*node, child->right, node->right));
    }
    NodePtr child = Inserted(node->right, std::move(key), std::move(value), added);
    if (!Above(*child, *node)) return With(*node, node->left, std::move(child));
    return With(*child, With(*node, node->left, child->left), child->right);
  }

  static NodePtr Joined(const NodePtr& left, const NodePtr& right) {
    if (!left) return right;
    if (!right) return left;
    if (Above(*left, *right)) return With(*left, left->left, Joined(left->right, right));
    return With(*right, Joined(left, right->left), right->right);
  }

  static NodePtr Erased(const NodePtr& node, std::string_view key) {
    int order = key.compare(node->key);
    if (order == 0) return Joined(node->left, node->right);
    if (order < 0) return With(*node, Erased(node->left, key), node->right);
    return With(*node, node->left, Erased(node->right, key));
  }

  static bool Visit(const Node* node, std::string_view from,
                    const std::function<bool(const std::string&, const Value&)>& visit) {
    if (!node) return true;
    if (node->key >= from) {
      if (!Visit(node->left.get(), from, visit)) return false;
      if (!visit(node->key, node->value)) return false;
    }
    return Visit(node->right.get(), from, visit);
  }

  NodePtr root_;
  size_t size_ = 0;
};

}  // namespace firn::catalog
