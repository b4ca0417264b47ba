// SPDX-License-Identifier: GPL-3.0-or-later
#include "lists/pool_list.h"

#include <array>

namespace millrace::desktop {
namespace {

using Of = Field<PoolRow>;
constexpr std::array kFields = {
    Of{"poolId", [](const PoolRow& row) -> QVariant { return row.id; }},
    Of{"backend", [](const PoolRow& row) -> QVariant { return row.backend; }},
    Of{"protocol", [](const PoolRow& row) -> QVariant { return row.protocol; }},
    Of{"address", [](const PoolRow& row) -> QVariant { return row.address; }},
    Of{"level", [](const PoolRow& row) -> QVariant { return row.level; }},
    Of{"shares", [](const PoolRow& row) { return QVariant::fromValue(row.shares); }},
    Of{"counts", [](const PoolRow& row) -> QVariant { return row.counts; }},
    Of{"limit", [](const PoolRow& row) -> QVariant { return row.limit; }},
    Of{"headroom", [](const PoolRow& row) -> QVariant { return row.headroom; }},
    Of{"limitTip", [](const PoolRow& row) -> QVariant { return row.limitTip; }},
    Of{"waiting", [](const PoolRow& row) -> QVariant { return row.waiting; }},
    Of{"sharesText", [](const PoolRow& row) -> QVariant { return row.sharesText; }},
    Of{"openCount", [](const PoolRow& row) -> QVariant { return row.openCount; }},
    Of{"busyCount", [](const PoolRow& row) -> QVariant { return row.busyCount; }},
    Of{"limitValue", [](const PoolRow& row) -> QVariant { return row.limitValue; }},
    Of{"headroomValue", [](const PoolRow& row) -> QVariant { return row.headroomValue; }},
    Of{"waitingValue", [](const PoolRow& row) -> QVariant { return row.waitingValue; }},
    Of{"reusedValue", [](const PoolRow& row) { return valueOf(row.reusedValue); }},
    Of{"waitMs", [](const PoolRow& row) { return valueOf(row.waitMs); }},
    Of{"createMs", [](const PoolRow& row) { return valueOf(row.createMs); }},
    Of{"reused", [](const PoolRow& row) -> QVariant { return row.reused; }},
    Of{"wait", [](const PoolRow& row) -> QVariant { return row.wait; }},
    Of{"create", [](const PoolRow& row) -> QVariant { return row.create; }},
    Of{"health", [](const PoolRow& row) -> QVariant { return row.health; }},
    Of{"latest", [](const PoolRow& row) -> QVariant { return row.latest; }},
    Of{"latestBad", [](const PoolRow& row) -> QVariant { return row.latestBad; }},
    Of{"draining", [](const PoolRow& row) -> QVariant { return row.draining; }},
    Of{"kinds", [](const PoolRow& row) { return QVariant::fromValue(row.kinds); }},
    Of{"strengths", [](const PoolRow& row) { return QVariant::fromValue(row.strengths); }},
    Of{"hints", [](const PoolRow& row) -> QVariant { return row.hints; }},
    Of{"trend", [](const PoolRow& row) { return QVariant::fromValue(row.trend); }},
};

}  // namespace

PoolList::PoolList(QObject* parent) : FieldList(kFields, parent) {}

}  // namespace millrace::desktop
