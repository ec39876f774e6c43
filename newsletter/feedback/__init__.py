"""What came back comes in; events go out: each changes a delivery, a subscription or a suppression.

Feedback can only lower somebody's state; it never re-activates anybody.
"""
