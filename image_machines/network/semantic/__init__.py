"""Semantic heads: a picture is scored only through maps of named attributes, so the explanation is the sum.

``variants`` the paper's and its published code's; ``head`` the layers; ``explaining`` where each attribute is
and what it counts; ``checks`` what cannot be learned; ``feeding`` and ``training`` how it learns;
``unconstrained`` what it is held against.
Source: Marcos, Lobry and Tuia, "Semantically Interpretable Activation Maps", ICCV workshops 2019.
"""
