"""Activation: an atlas of what a layer sees in works, averaged by place and made pictures of.

After Carter, Armstrong, Schubert, Johnson and Olah, "Activation atlas", Distill 2019. ``positions`` (what the
layer says at places of works) -> ``cells`` (what lies together, averaged) -> ``drawing`` (their images) ->
``making`` (the page).
"""
