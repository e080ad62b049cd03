"""What a C++ method is called on: the type is told by what declarations write."""

from __future__ import annotations

from pathlib import Path

from codeask.executors.catalog import ToolCall
from codeask.executors.repository import Repository
from codeask.executors.run import run_tool

HEADER = """\
#include <map>
#include <memory>
#include <string>
#include <vector>
template <typename T> class Stack {
 public:
  T &top();
  int size() const;
  std::vector<T> items_;
};
class Shop {
 public:
  int size() const;
  bool empty() const;
  Shop *partner();
  virtual void close();
};
class Stall : public Shop {
 public:
  int size() const;
  void close() override;
};
using ShopPtr = std::unique_ptr<Shop>;
typedef std::map<std::string, Shop> ByName;
Shop make_shop();
"""
SOURCE = """\
#include "shop.h"
class Market {
  std::vector<ShopPtr> shops_;
  ByName named_;
  Shop rows_[4];
  std::vector<std::string> words_;
  int count(Stack<Shop> &stack, Shop *given, const Stall &stall, Unknown &other);
};
int Market::count(Stack<Shop> &stack, Shop *given, const Stall &stall, Unknown &other) {
  int n = given->size();
  for (const ShopPtr &shop : shops_) n += shop->size();
  for (auto &shop : shops_) n += shop->size();
  auto made = make_shop();
  n += made.size();
  n += made.partner()->size();
  n += stack.top().size();
  n += named_.find("x")->second.size();
  n += named_["x"].size();
  n += rows_[0].size();
  auto best = shops_.begin();
  n += (*best)->size();
  auto each = [](const Shop &one) { return one.size(); };
  n += shops_.size() + words_.size() + words_[0].size() + stack.size();
  n += stall.size();
  n += other.size() + found(other).size();
  for (const auto &word : words_) n += word.size();
  if (stall.empty() || words_.empty()) n += std::make_shared<Shop>()->size();
  return n;
}
void shut(Shop &shop, Stall &stall) {
  shop.close();
  stall.close();
}
"""


def _repository(folder: Path) -> Repository:
    (folder / "shop.h").write_text(HEADER)
    (folder / "market.cpp").write_text(SOURCE)
    return Repository(folder)


def _called(repository: Repository, name: str) -> list[tuple[int, bool]]:
    found = run_tool(ToolCall("find_callers", {"name": name}), repository, timeout=30).matches
    return [(match.line, match.certain) for match in found if match.path == "market.cpp"]


def test_the_receiver_s_type_tells_which_size_is_called(tmp_path: Path) -> None:
    """Variables, parameters, `auto`, loops, lambdas, containers, smart pointers, templates, aliases."""
    repository = _repository(tmp_path)
    shops = [10, 11, 12, 14, 15, 16, 17, 18, 19, 21, 22, 27]
    assert _called(repository, "Shop::size") == [*((line, True) for line in shops), (25, False)]
    assert _called(repository, "Stack::size") == [(23, True), (25, False)]


def test_a_method_that_hides_another_is_not_it(tmp_path: Path) -> None:
    assert _called(_repository(tmp_path), "Stall::size") == [(24, True), (25, False)]


def test_what_overrides_is_called_too_and_what_is_inherited(tmp_path: Path) -> None:
    repository = _repository(tmp_path)
    assert _called(repository, "Shop::close") == [(31, True), (32, True)]
    assert _called(repository, "Stall::close") == [(32, True)]
    assert _called(repository, "Shop::empty") == [(27, True)]
