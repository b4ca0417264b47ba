// SPDX-License-Identifier: GPL-3.0-or-later
#include "lists/column_fit.h"

#include <algorithm>
#include <cmath>

namespace millrace::desktop {
namespace {

constexpr double kWidthMost = 1e6;  // of a text of whatever length

}  // namespace

void ColumnFit::setColumn(TableColumn* column)
{
    if (column == column_) return;
    report(0);
    column_ = column;
    setWidth(width_);
    Q_EMIT changed();
}

void ColumnFit::setWidth(double width)
{
    report(static_cast<int>(std::ceil(std::clamp(width, 0.0, kWidthMost))));
    if (width == width_) return;
    width_ = width;
    Q_EMIT changed();
}

void ColumnFit::report(int width)
{
    if (!column_) {
        reported_ = 0;
        return;
    }
    if (width == reported_) return;
    column_->exchangeContent(reported_, width);
    reported_ = width;
}

}  // namespace millrace::desktop
