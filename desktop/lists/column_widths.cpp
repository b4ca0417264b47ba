// SPDX-License-Identifier: GPL-3.0-or-later
#include "lists/column_widths.h"

#include <algorithm>
#include <cmath>

namespace millrace::desktop {
namespace {

/// Of its text, beyond the minimum. A sentence claims no more than half as much again: it would push its neighbours
/// about with every word. Names stay as they are.
double missing(const ColumnNeed& column)
{
    if (column.fixed) return 0;
    return std::max(0.0,
                    std::min(std::ceil(column.content), std::floor(column.claim * column.minimum)) - column.minimum);
}

bool isSentence(const ColumnNeed& column)
{
    return !column.fixed && column.content > column.claim * column.minimum;
}

/// Of its minimum.
double unused(const ColumnNeed& column, double least)
{
    if (column.fixed || column.content <= 0) return 0;
    return std::max(0.0, column.minimum - std::max(least, std::ceil(column.content)));
}

}  // namespace

QList<double> columnWidths(const QList<ColumnNeed>& columns, double available, double least)
{
    QList<double> widths;
    QList<qsizetype> cut;
    double left = available, lacking = 0, weights = 0;
    double spare[2] = {0, 0};  // of columns of figures, of columns with a weight
    const auto isText = [&columns](qsizetype i) { return columns.at(i).weight > 0; };
    for (qsizetype i = 0; i < columns.size(); ++i) {
        const ColumnNeed& column = columns.at(i);
        widths.append(column.minimum);
        left -= column.minimum;
        lacking += missing(column);
        spare[isText(i)] += unused(column, least);
        if (missing(column) > 0) cut.append(i);
        if (!column.fixed) weights += column.weight;
    }
    left = std::max(0.0, left);
    lacking = std::max(0.0, lacking - left);

    const double ofText = std::min(lacking, spare[true]);
    const bool wholeThen = lacking - ofText <= spare[false] && !std::any_of(columns.begin(), columns.end(), isSentence);
    const double ofFigures = wholeThen ? lacking - ofText : 0;
    for (const bool text : {true, false}) {
        double wanted = text ? ofText : ofFigures, there = spare[text];
        for (qsizetype i = 0; i < columns.size() && wanted > 0; ++i) {
            if (isText(i) != text) continue;
            const double has = unused(columns.at(i), least);
            if (has <= 0) continue;
            // Column by column, so that rounding loses no pixel.
            const double given = std::min(has, std::round(wanted * has / there));
            widths[i] -= given;
            left += given;
            wanted -= given;
            there -= has;
        }
    }
    std::stable_sort(cut.begin(), cut.end(), [&columns](qsizetype first, qsizetype second) {
        return missing(columns.at(first)) < missing(columns.at(second));
    });
    for (qsizetype i = 0; i < cut.size(); ++i) {
        const double fair = std::floor(left / static_cast<double>(cut.size() - i));
        const double extra = std::min(missing(columns.at(cut.at(i))), fair);
        widths[cut.at(i)] += extra;
        left -= extra;
    }
    for (qsizetype i = 0; i < columns.size(); ++i) {
        const ColumnNeed& column = columns.at(i);
        if (column.fixed || column.weight <= 0) continue;
        const double extra = std::round(left * column.weight / weights);
        left -= extra;
        weights -= column.weight;
        widths[i] += extra;
    }
    return widths;
}

}  // namespace millrace::desktop
