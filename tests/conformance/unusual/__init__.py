"""
Schedulers that keep the contract and do otherwise in everything it leaves open.
"""
