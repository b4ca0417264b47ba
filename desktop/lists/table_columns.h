// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtCore/QAbstractItemModel>
#include <QtCore/QMap>
#include <QtCore/QObject>
#include <QtCore/QPointer>
#include <QtCore/QTimer>
#include <QtQml/QQmlListProperty>
#include <QtQml/qqmlregistration.h>

#include <chrono>

namespace millrace::desktop {

/// A column of a DataTable, declared once: its heading, the role that it shows, how much of the width it gets.
class TableColumn : public QObject {
    Q_OBJECT
    QML_ELEMENT
    Q_PROPERTY(QString title MEMBER title NOTIFY changed FINAL)
    Q_PROPERTY(QString tip MEMBER tip NOTIFY changed FINAL)            ///< what the heading means, as a tooltip
    Q_PROPERTY(QString role MEMBER role NOTIFY changed FINAL)          ///< what is exported; also the column's name
    Q_PROPERTY(QString sortRole MEMBER sortRole NOTIFY changed FINAL)  ///< what is compared; empty: `role`
    Q_PROPERTY(bool sortable MEMBER sortable NOTIFY changed FINAL)
    Q_PROPERTY(bool descendingFirst MEMBER descendingFirst NOTIFY changed FINAL)  ///< largest first at the first click
    Q_PROPERTY(bool hideable MEMBER hideable NOTIFY changed FINAL)
    Q_PROPERTY(bool initiallyShown MEMBER initiallyShown NOTIFY changed FINAL)
    /// Narrower tables leave it out, unless the user wants it.
    Q_PROPERTY(double fromWidth MEMBER fromWidth NOTIFY changed FINAL)
    Q_PROPERTY(double weight MEMBER weight NOTIFY changed FINAL)    ///< share of the width that nobody needs; 0: none
    Q_PROPERTY(double minimum MEMBER minimum NOTIFY changed FINAL)  ///< pixels
    Q_PROPERTY(double claim MEMBER claim NOTIFY changed FINAL)      ///< of the minimum, see ColumnNeed; more for names
    Q_PROPERTY(bool alignRight MEMBER alignRight NOTIFY changed FINAL)
    Q_PROPERTY(bool shown READ isShown WRITE setShown NOTIFY placed FINAL)
    Q_PROPERTY(double x READ x NOTIFY placed FINAL)
    Q_PROPERTY(double width READ width NOTIFY placed FINAL)
public:
    using QObject::QObject;
    QString title;
    QString tip;
    QString role;
    QString sortRole;
    bool sortable = true;
    bool descendingFirst = false;
    bool hideable = true;
    bool initiallyShown = true;
    double fromWidth = 0;
    double weight = 0;
    double minimum = 60;
    double claim = 1.5;
    bool alignRight = false;

    bool isShown() const { return choice_ == Choice::None ? initiallyShown && fits_ : choice_ == Choice::Shown; }
    void setShown(bool shown);
    double x() const { return x_; }
    double width() const { return width_; }
    QString comparedRole() const { return sortRole.isEmpty() ? role : sortRole; }
    /// One of its texts, or its heading, is whole in the width `now` from here on, and was in `before`; 0: not there.
    void exchangeContent(int before, int now);
    int content() const { return content_; }  ///< width in which all of them are whole; shrinks late

Q_SIGNALS:
    void changed();  ///< as it is declared
    void chosen();   ///< by the user
    void placed();
    void contentGrew();
    void contentShrank();

private:
    friend class TableColumns;
    enum class Choice { None, Shown, Hidden };
    void place(double x, double width);
    void fitInto(double width);  // of the table

    Choice choice_ = Choice::None;
    bool fits_ = true;
    double chosenWidth_ = 0;   // 0: as declared
    QMap<int, int> contents_;  // width of a text, how many have it
    int content_ = 0;
    double x_ = 0;
    double width_ = 0;
};

/// The columns of a DataTable: where each is in the width there is (column_widths.h), which of them the rows are sorted
/// by, and what of that the user has chosen (`state`, to be kept). Columns that together need more than `width` make
/// the table scroll sideways (`total` > `width`).
///
/// Thread: GUI.
class TableColumns : public QObject {
    Q_OBJECT
    QML_ELEMENT
    Q_CLASSINFO("DefaultProperty", "columns")
    Q_PROPERTY(QQmlListProperty<millrace::desktop::TableColumn> columns READ columns NOTIFY columnsChanged FINAL)
    Q_PROPERTY(double width READ width WRITE setWidth NOTIFY widthChanged FINAL)
    Q_PROPERTY(double spacing MEMBER spacing_ NOTIFY widthChanged FINAL)
    Q_PROPERTY(double reserved MEMBER reserved_ NOTIFY widthChanged FINAL)  ///< at the right, for what is not a column
    Q_PROPERTY(double total READ total NOTIFY totalChanged FINAL)
    Q_PROPERTY(QString sortedBy READ sortedBy NOTIFY sortChanged FINAL)  ///< role; empty: the order of the model
    Q_PROPERTY(bool descending READ isDescending NOTIFY sortChanged FINAL)
    Q_PROPERTY(QString state READ state WRITE setState NOTIFY stateChanged FINAL)
public:
    static constexpr double kWidthLeast = 32;
    static constexpr std::chrono::seconds kShrinkAfter{10};

    explicit TableColumns(QObject* parent = nullptr);

    QQmlListProperty<TableColumn> columns();
    /// At the end; it leaves when it is deleted.
    Q_INVOKABLE void append(millrace::desktop::TableColumn* column);
    const QList<TableColumn*>& list() const { return columns_; }
    double width() const { return width_; }
    void setWidth(double width);
    double total() const { return total_; }
    QString sortedBy() const { return sortedBy_; }
    bool isDescending() const { return descending_; }
    QString comparedRole() const;
    QString state() const;
    void setState(const QString& state);

    /// What a click on the heading does: one way, the other way, then the order of the model again.
    Q_INVOKABLE void sortBy(millrace::desktop::TableColumn* column);
    Q_INVOKABLE void resize(millrace::desktop::TableColumn* column, double width);  ///< 0: as declared
    Q_INVOKABLE void reset();
    /// Forgets texts that are no longer there: a column that changes back and forth does not move its neighbours.
    void shrink();
    /// What is seen, as CSV: the shown columns, the rows in their order.
    Q_INVOKABLE QString csv(QAbstractItemModel* rows) const;

Q_SIGNALS:
    void columnsChanged();
    void widthChanged();
    void totalChanged();
    void sortChanged();
    void stateChanged();

private:
    void layOut();
    void layOutSoon();  // at the next turn of the event loop: texts come row by row
    void setSort(const QString& role, bool descending);
    TableColumn* find(const QString& role) const;

    QList<TableColumn*> columns_;
    double width_ = 0;
    double spacing_ = 0;
    double reserved_ = 0;
    double total_ = 0;
    QString sortedBy_;
    bool descending_ = false;
    bool layoutPending_ = false;
    QTimer shrinking_;
};

}  // namespace millrace::desktop
