"""One vocabulary in Chinese: words that were mixed or unofficial stay out of all that is said."""

from __future__ import annotations

import re

import pytest

from translatable import FOREIGN, entries

ENTRIES = [(file, entry.msgid, entry.msgstr) for file, entry in entries()]
# What is not said, and what is said instead.
NOT_SAID = {
    "年度改善计划": "年度建设提升计划",
    "年度增补计划": "年度建设提升计划",
    "年度提升计划": "年度建设提升计划",
    "备选点位": "候选点位",
    "计划点位": "入选点位",
    "备选方案": "备选项目",
    "规划前": "实施前",
    "规划后": "实施后",
    "必备业态": "基本保障类业态，基本业态",
    "一个不缺": "全部配齐",
    "未完整": "未配齐",
    "完整圈": "基本业态全部步行可达的居民",
    "业态完整": "基本业态全部配齐",
    "已补齐": "缺口已补；已有网点，覆盖不足",
    "新增业态": "新增网点",
    "新获得": "新增至少一类步行可达业态",
    "走不到": "步行不可达",
    "走得到": "步行可达",
    "独自覆盖": "仅由该项覆盖",
    "任何计划都不得": "按现行规则不可选",
    "目标值少": "至少减少",
    "差距要求": "预定精度",
    "选中方案": "建设任务",
    "方案编号": "项目编号",
}
HALF_WIDTH = re.compile("[一-鿿][,;:?!]|[,;?!][一-鿿]")


@pytest.mark.parametrize("word", NOT_SAID)
def test_a_word_that_is_not_said_is_in_no_text(word: str) -> None:
    found = [(file, text) for file, _, text in ENTRIES if word in text]
    assert found == [], f"say {NOT_SAID[word]}"


def test_no_sign_beside_a_chinese_character_is_half_width() -> None:
    for file, _, text in ENTRIES:
        plain = re.sub(r"\{.*?\}+", "x", re.sub("siting .*", "", text))
        assert HALF_WIDTH.findall(FOREIGN.sub("", plain)) == [], (file, text)


def test_no_text_begins_with_the_name_of_a_block() -> None:
    """A broken rule is named as a planner calls it."""
    named = re.compile(r"^[a-z]+_[a-z_]+[：{（]")
    assert [text for _, _, text in ENTRIES if named.match(text)] == []
