// SPDX-License-Identifier: GPL-3.0-or-later
#include "lists/lane_list.h"

#include <array>

namespace millrace::desktop {
namespace {

using Of = Field<LaneRow>;
constexpr std::array kFields = {
    Of{"laneId", [](const LaneRow& row) -> QVariant { return row.id; }},
    Of{"name", [](const LaneRow& row) -> QVariant { return row.name; }},
    Of{"signature", [](const LaneRow& row) -> QVariant { return row.signature; }},
    Of{"waiting", [](const LaneRow& row) -> QVariant { return row.waiting; }},
    Of{"waitingValue", [](const LaneRow& row) -> QVariant { return row.waitingValue; }},
    Of{"oldestMs", [](const LaneRow& row) { return valueOf(row.oldestMs); }},
    Of{"averageValue", [](const LaneRow& row) { return valueOf(row.averageValue); }},
    Of{"costPerRow", [](const LaneRow& row) { return valueOf(row.costPerRow); }},
    Of{"rateValue", [](const LaneRow& row) { return valueOf(row.rateValue); }},
    Of{"sizes", [](const LaneRow& row) -> QVariant { return row.average + " / " + row.limit + " / " + row.limitMax; }},
    Of{"oldest", [](const LaneRow& row) -> QVariant { return row.oldest; }},
    Of{"average", [](const LaneRow& row) -> QVariant { return row.average; }},
    Of{"limit", [](const LaneRow& row) -> QVariant { return row.limit; }},
    Of{"limitMax", [](const LaneRow& row) -> QVariant { return row.limitMax; }},
    Of{"limitWhy", [](const LaneRow& row) -> QVariant { return row.limitWhy; }},
    Of{"cost", [](const LaneRow& row) -> QVariant { return row.cost; }},
    Of{"rate", [](const LaneRow& row) -> QVariant { return row.rate; }},
    Of{"last", [](const LaneRow& row) -> QVariant { return row.last; }},
};

}  // namespace

LaneList::LaneList(QObject* parent) : FieldList(kFields, parent) {}

}  // namespace millrace::desktop
