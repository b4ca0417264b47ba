// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "lists/field_list.h"

#include <QtQml/qqmlregistration.h>

namespace millrace::desktop {

/// Before and after of one thing: a pending change, or a figure around a revision.
struct ChangeRow {
    QString id;  ///< of a pending one its path
    QString title;
    QString before;
    QString after;
    QString detail;    ///< of a pending one whose it is and when it takes effect; of a figure the noise
    QString problem;   ///< of a pending one the engine's words
    bool mine = true;  ///< false: follows from another one, and cannot be taken back alone
    int trend = 0;     ///< ChangeList::Trend
    const QString& key() const { return id; }
    bool operator==(const ChangeRow&) const = default;
};

/// Pending changes, or the figures before and after a revision. It knows whether any row has a problem or a detail,
/// since the rows of its table are higher then.
class ChangeList : public FieldList<ChangeRow> {
    Q_OBJECT
    QML_ELEMENT
    QML_UNCREATABLE("the settings page has some")
    Q_PROPERTY(bool anyProblem READ hasProblem NOTIFY linesChanged FINAL)  ///< a row has one
    Q_PROPERTY(bool anyDetail READ hasDetail NOTIFY linesChanged FINAL)    ///< a row has one
public:
    enum Trend { Unclear, Better, Worse };  ///< Unclear: no better way round, or within the noise
    Q_ENUM(Trend)
    explicit ChangeList(QObject* parent = nullptr);
    bool hasProblem() const { return hasProblem_; }
    bool hasDetail() const { return hasDetail_; }

Q_SIGNALS:
    void linesChanged();

private:
    void update();
    bool hasProblem_ = false;
    bool hasDetail_ = false;
};

struct RevisionRow {
    quint64 revision = 0;
    QString timeText;
    QString author;
    QString text;      ///< what it changed
    QString outcome;   ///< of a guarded one: "taken back: p99 13.8 → 26.4 ms"
    bool bad = false;  ///< the outcome is
    bool active = false;
    bool chosen = false;
    quint64 key() const { return revision; }
    bool operator==(const RevisionRow&) const = default;
};

/// The revisions of the configuration that the engine keeps, the newest first, for choosing one to compare or to roll
/// back to.
class RevisionList : public FieldList<RevisionRow> {
    Q_OBJECT
    QML_ELEMENT
    QML_UNCREATABLE("the settings page has one")
public:
    explicit RevisionList(QObject* parent = nullptr);
};

}  // namespace millrace::desktop
